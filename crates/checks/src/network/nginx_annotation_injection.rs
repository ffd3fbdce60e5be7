//! Annotations that break out of the configuration of nginx.

use catseye_model::{Kind, Object};

use super::ingress::annotation_path;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress annotation injects nginx configuration
    ///
    /// ingress-nginx before 1.11.5 and 1.12.1 copies the values of these annotations into its
    /// configuration unchecked. A semicolon, a brace or a line break ends the directive that was meant
    /// and begins the attacker's own, up to loading a library into the controller (IngressNightmare:
    /// CVE-2025-1097, CVE-2025-1098, CVE-2025-24514, with CVE-2025-1974 without any login). A harmless
    /// value never holds such characters: find out who wrote it.
    ///
    /// **Fix:** Delete the Ingress, upgrade the controller or move off ingress-nginx, and rotate what
    /// the controller could read: its token and every Secret.
    "NET-017" {
        severity: Critical,
        rows: ["D17"],
        fails: [
            r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    nginx.ingress.kubernetes.io/auth-url: "http://example.com/#;\nload_module /tmp/x.so;\n"
"#,
            r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    nginx.ingress.kubernetes.io/auth-tls-match-cn: "CN=a #(\n){}\n }}\nssl_engine x;"
    nginx.ingress.kubernetes.io/mirror-target: 'https://a.example.com{ }'
"#,
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    nginx.ingress.kubernetes.io/auth-url: https://$host/oauth2/auth?allowed_groups=a%2Cb
    nginx.ingress.kubernetes.io/auth-tls-match-cn: 'CN=(svc-[a-z]{2,5}|admin)'
    nginx.ingress.kubernetes.io/mirror-target: 'https://test.example.com$request_uri'
    nginx.ingress.kubernetes.io/mirror-host: '${http_x_host}'
    nginx.ingress.kubernetes.io/rewrite-target: /$2
    example.com/auth-url: 'a;b'
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

const ANNOTATIONS: &[&str] = &[
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/auth-tls-match-cn",
    "nginx.ingress.kubernetes.io/auth-proxy-set-headers",
    "nginx.ingress.kubernetes.io/auth-method",
    "nginx.ingress.kubernetes.io/mirror-target",
    "nginx.ingress.kubernetes.io/mirror-host",
    "nginx.ingress.kubernetes.io/rewrite-target",
];

fn run(ingress: &Object, _: &Context<'_>, found: &mut Findings) {
    for key in ANNOTATIONS {
        let Some(what) = ingress.annotation(key).and_then(breakout) else {
            continue;
        };
        found.at(
            annotation_path(key),
            format!("holds {what}, which ends a directive of nginx"),
        );
    }
}

/// What in the text ends a directive, a comment or a quotation of nginx.
pub(super) fn breakout(text: &str) -> Option<&'static str> {
    let text = text.trim_end();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\r' => return Some("a line break"),
            ';' => return Some("a semicolon"),
            '"' => return Some("a quotation mark"),
            '\0' => return Some("a zero byte"),
            '}' => return Some("a brace"),
            '{' => {
                // `{2}` and `{2,5}` repeat in a regular expression, `${name}` is a variable.
                let (inner, after) = rest.as_str().split_once('}').unwrap_or(("", ""));
                let harmless = !inner.is_empty()
                    && inner
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ',');
                if !harmless {
                    return Some("a brace");
                }
                rest = after.chars();
            }
            _ => {}
        }
    }
    None
}
