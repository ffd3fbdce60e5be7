//! An Ingress with TLS that also answers plain HTTP.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::ingress::annotation_path;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress with TLS also answers plain HTTP
    ///
    /// An annotation switches off the redirect to HTTPS. A client that once follows an `http://` link
    /// sends its cookies in plain text, and someone on the way can keep it there.
    ///
    /// **Fix:** Remove the annotation, or state the redirect:
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/ssl-redirect: "true"
    ///     kubernetes.io/ingress.allow-http: "false"        # Google
    ///     alb.ingress.kubernetes.io/ssl-redirect: "443"    # AWS
    /// ```
    "NET-012" {
        severity: Medium,
        rows: ["D12"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, annotations: {nginx.ingress.kubernetes.io/ssl-redirect: 'false'}}
spec: {tls: [{secretName: a}]}
",
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, annotations: {kubernetes.io/ingress.allow-http: 'true'}}
spec: {tls: [{secretName: a}]}
",
            r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations: {alb.ingress.kubernetes.io/listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]'}
spec: {ingressClassName: alb}
"#,
        ],
        passes: [
            r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: no-tls, annotations: {nginx.ingress.kubernetes.io/ssl-redirect: 'false'}}
spec: {rules: []}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: forced
  annotations:
    nginx.ingress.kubernetes.io/ssl-redirect: 'false'
    nginx.ingress.kubernetes.io/force-ssl-redirect: 'true'
spec: {tls: [{secretName: a}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: redirected
  annotations:
    alb.ingress.kubernetes.io/listen-ports: '[{"HTTP": 80}, {"HTTPS": 443}]'
    alb.ingress.kubernetes.io/ssl-redirect: '443'
spec: {ingressClassName: alb}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: silent}
spec: {tls: [{secretName: a}]}
"#,
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

/// Annotations that switch the redirect off, with the value that does.
const SWITCHES: &[(&str, &str)] = &[
    ("nginx.ingress.kubernetes.io/ssl-redirect", "false"),
    ("nginx.org/redirect-to-https", "false"),
    ("ingress.kubernetes.io/ssl-redirect", "false"),
    ("ingress.bluemix.net/redirect-to-https", "false"),
    ("haproxy.org/ssl-redirect", "false"),
    ("haproxy-ingress.github.io/ssl-redirect", "false"),
    ("appgw.ingress.kubernetes.io/ssl-redirect", "false"),
    ("kubernetes.io/ingress.allow-http", "true"),
];

const LISTEN: &str = "alb.ingress.kubernetes.io/listen-ports";

fn run(ingress: &Object, _: &Context<'_>, found: &mut Findings) {
    let forced = "nginx.ingress.kubernetes.io/force-ssl-redirect";
    if !ingress.value().list("spec.tls").is_empty() && ingress.annotation(forced) != Some("true") {
        for (key, value) in SWITCHES {
            if ingress.annotation(key) == Some(value) {
                found.at(annotation_path(key), "answers plain HTTP without redirect");
            }
        }
    }
    let Some(ports) = ingress.annotation(LISTEN) else {
        return;
    };
    // Redirects of the ALB are also written as actions, whose names are free.
    let redirects = ingress
        .value()
        .entries("metadata.annotations")
        .any(|(key, value)| {
            key == "alb.ingress.kubernetes.io/ssl-redirect"
                || (key.starts_with("alb.ingress.kubernetes.io/actions.")
                    && value.as_str().is_some_and(|text| text.contains("redirect")))
        });
    if ports.contains("\"HTTP\"") && ports.contains("\"HTTPS\"") && !redirects {
        let path = FieldPath::root().join("metadata.annotations").key(LISTEN);
        found.at(path, "answers plain HTTP without redirect");
    }
}
