//! A `VirtualService` for all hosts.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use super::certificate_challenge;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A VirtualService takes requests for any host
    ///
    /// A wildcard host routes names that nobody gave to this service, also those of other teams at
    /// the same gateway: their users' requests and cookies arrive here.
    ///
    /// **Fix:** Write out the hosts:
    /// ```yaml
    /// spec:
    ///   hosts: [shop.example.com]
    /// ```
    "MESH-005" {
        severity: Medium,
        rows: ["E05"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec: {hosts: [a.example.com, '*', '*.example.com'], gateways: [outer]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: more-than-challenges}
spec:
  hosts: ['*']
  gateways: [outer]
  http:
  - match: [{uri: {prefix: /.well-known/acme-challenge/}}, {uri: {prefix: /login}}]
    route: [{destination: {host: resolver}}]
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec: {hosts: [a.example.com, reviews], gateways: [outer]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: challenges, namespace: edge}
spec:
  hosts: ['*']
  gateways: [outer]
  http:
  - match: [{uri: {prefix: /.well-known/acme-challenge/}}]
    route: [{destination: {host: resolver}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: delegate}
spec: {http: [{route: [{destination: {host: a}}]}]}
",
        ],
        run: Objects(&[Kind::VirtualService], run),
    }
}

fn run(service: &Object, _: &Context<'_>, found: &mut Findings) {
    if certificate_challenge::is_all_of(service) {
        return;
    }
    for (index, host) in service.value().list("spec.hosts").iter().enumerate() {
        let Some(host) = host.as_str().filter(|host| host.starts_with('*')) else {
            continue;
        };
        let severity = if host == "*" {
            Severity::Medium
        } else {
            Severity::Low
        };
        found.at_severity(
            severity,
            FieldPath::root().join("spec.hosts").index(index),
            format!("takes requests for all of {host}"),
        );
    }
}
