//! An Ingress host without TLS.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::{hosts, ingress};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress serves a host without TLS
    ///
    /// Requests travel in plain text. Anyone on the way reads session cookies and passwords, and
    /// changes what is answered.
    ///
    /// **Fix:** Name the host and a certificate:
    /// ```yaml
    /// spec:
    ///   tls:
    ///   - hosts: [shop.example.com]
    ///     secretName: shop-tls
    /// ```
    "NET-011" {
        severity: Medium,
        rows: ["D11"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {rules: [{host: a.example.com, http: {paths: []}}]}
",
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: one-host-of-two}
spec:
  tls: [{hosts: [a.example.com], secretName: a}]
  rules: [{host: a.example.com}, {host: b.example.com}]
",
            r"
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a, annotations: {cert-manager.io/cluster-issuer: le}}
spec: {tls: [], backend: {serviceName: a, servicePort: 80}}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: wildcard}
spec:
  tls: [{hosts: ['*.example.com'], secretName: a}]
  rules: [{host: a.example.com}, {host: B.example.com}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: all-hosts}
spec: {tls: [{secretName: a}], rules: [{host: a.example.com}, {http: {paths: []}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: certificate-of-the-cloud
  annotations: {alb.ingress.kubernetes.io/certificate-arn: 'arn:aws:acm:eu-west-1:1:certificate/a'}
spec: {ingressClassName: alb, rules: [{host: a.example.com}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: passed-through, annotations: {nginx.ingress.kubernetes.io/ssl-passthrough: 'true'}}
spec: {ingressClassName: nginx, rules: [{host: a.example.com}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: no-ingress}
spec: {}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

/// Annotations by which controllers serve TLS without `spec.tls`, and the value where one is needed.
const TLS_BY_ANNOTATION: &[(&str, Option<&str>)] = &[
    ("alb.ingress.kubernetes.io/certificate-arn", None),
    ("ingress.gcp.kubernetes.io/pre-shared-cert", None),
    ("networking.gke.io/managed-certificates", None),
    ("networking.gke.io/certmap", None),
    ("appgw.ingress.kubernetes.io/appgw-ssl-certificate", None),
    ("traefik.ingress.kubernetes.io/router.tls", Some("true")),
    (
        "traefik.ingress.kubernetes.io/router.tls.certresolver",
        None,
    ),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", Some("true")),
    ("haproxy.org/ssl-passthrough", Some("true")),
    ("haproxy-ingress.github.io/ssl-passthrough", Some("true")),
    ("ingress.kubernetes.io/ssl-passthrough", Some("true")),
];

fn run(ingress: &Object, _: &Context<'_>, found: &mut Findings) {
    let by_annotation = TLS_BY_ANNOTATION.iter().any(|(key, wanted)| {
        ingress
            .annotation(key)
            .is_some_and(|value| wanted.is_none_or(|wanted| value == wanted))
    });
    // Tunnels end at the provider, which serves the certificate.
    if by_annotation || matches!(ingress::class(ingress), "tailscale" | "cloudflare-tunnel") {
        return;
    }
    let tls = ingress.value().list("spec.tls");
    if tls.is_empty() {
        found.at(
            FieldPath::root().join("spec.tls"),
            "serves its hosts without TLS",
        );
        return;
    }
    // An entry without hosts holds for all; a rule without host is served the default certificate.
    if tls.iter().any(|entry| entry.list("hosts").is_empty()) {
        return;
    }
    for (index, rule) in ingress.value().list("spec.rules").iter().enumerate() {
        let Some(host) = rule.text("host").filter(|host| !host.is_empty()) else {
            continue;
        };
        let covered = tls
            .iter()
            .flat_map(|entry| entry.texts("hosts"))
            .any(|covered| hosts::overlap(&covered.to_lowercase(), &host.to_lowercase()));
        if !covered {
            found.at(
                ingress::rule_path(index).join("host"),
                format!("no entry of spec.tls names {host}"),
            );
        }
    }
}
