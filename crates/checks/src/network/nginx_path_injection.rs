//! Paths of an Ingress that break out of the configuration of nginx, or reach the controller's files.

use catseye_model::{Fields, Kind, Object};

use super::ingress::{self, annotation_path};
use super::nginx_annotation_injection::breakout;
use super::nginx_snippet::is_snippet;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress path reaches for the controller's files
    ///
    /// ingress-nginx writes the path into a `location` of its configuration. A path with a brace, a
    /// semicolon or a line break adds directives there, and an `alias` into `/etc` or
    /// `/var/run/secrets` serves the controller's token, which reads every Secret of the cluster
    /// (CVE-2021-25745, CVE-2021-25748, CVE-2026-24512).
    ///
    /// **Fix:** Use `pathType: Prefix` or `Exact` with a plain path, remove `alias` from snippets,
    /// and keep `strict-validate-path-type` on in the controller:
    /// ```yaml
    /// - path: /api
    ///   pathType: Prefix
    /// ```
    "NET-018" {
        severity: High,
        rows: ["D18"],
        fails: [
            r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  rules:
  - http:
      paths:
      - {path: '/x {alias /var/run/secrets/kubernetes.io/serviceaccount/;} location ~* ^/y'}
      - {path: /etc/kubernetes/admin.conf}
      - {path: /static../secret}
      - {path: "/a\nb"}
"#,
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations: {nginx.ingress.kubernetes.io/server-snippet: 'location /x { alias /etc/; }'}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  rules:
  - http:
      paths:
      - {path: '/api(/|$)(.*)', pathType: ImplementationSpecific}
      - {path: '/v[0-9]{1,2}/.*'}
      - {path: /rooted/etcetera/a..b}
      - {path: '/(..)/x'}
      - {pathType: Prefix}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for path in ingress::paths(object) {
        let Some(text) = path.value.text("path") else {
            continue;
        };
        let complaint = breakout(text)
            .map(|what| format!("holds {what}, which ends a directive of nginx"))
            .or_else(|| secret_place(text).map(|place| format!("reaches for {place}")));
        if let Some(complaint) = complaint {
            let path = ingress::http_path(path.rule, path.index).join("path");
            found.at(path, complaint);
        }
    }
    for (key, value) in object.value().entries("metadata.annotations") {
        let aliases = value
            .as_str()
            .is_some_and(|text| text.split_whitespace().any(|word| word == "alias"));
        if aliases && is_snippet(key) {
            found.at(
                annotation_path(key),
                "serves files of the controller by alias",
            );
        }
    }
}

fn secret_place(path: &str) -> Option<&'static str> {
    const PLACES: &[&str] = &["/etc", "/root", "/proc", "/var/run/secrets", "/run/secrets"];
    let below = |place: &str| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if let Some(place) = PLACES.iter().find(|place| below(place)) {
        return Some(place);
    }
    if path.contains("serviceaccount") {
        return Some("the service account's token");
    }
    // A location without slash at its end and an alias with one lead upwards with `/static../`.
    let upwards = path
        .split('/')
        .any(|segment| segment == ".." || segment.ends_with("..") && !segment.starts_with('.'));
    upwards.then_some("a folder above its own")
}
