//! An Ingress rule for all hosts.

use catseye_model::{Fields, Kind, Object};

use super::ingress;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress rule takes requests for any host
    ///
    /// A rule without host, or with a wildcard, answers for names that nobody gave it: those of other
    /// teams that have no rule yet, and those that a client invents to poison caches and password
    /// reset links. In a shared cluster it is the means to catch a neighbour's traffic.
    ///
    /// **Fix:** Write out the host:
    /// ```yaml
    /// rules:
    /// - host: shop.example.com
    /// ```
    "NET-013" {
        severity: Low,
        rows: ["D13"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {rules: [{host: '*.example.com'}, {http: {paths: []}}, {host: ''}]}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {rules: [{host: a.example.com}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: default-backend-alone}
spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(ingress: &Object, _: &Context<'_>, found: &mut Findings) {
    for (index, rule) in ingress.value().list("spec.rules").iter().enumerate() {
        let path = || ingress::rule_path(index).join("host");
        match rule.text("host").unwrap_or_default() {
            "" => found.at(path(), "takes requests for every host"),
            host if host.starts_with('*') => {
                found.at(path(), format!("takes requests for all of {host}"));
            }
            _ => {}
        }
    }
}
