//! A gateway of Istio that answers plain HTTP.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::certificate_challenge::ChallengeGateways;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A mesh gateway answers plain HTTP
    ///
    /// Requests from outside travel in plain text up to the gateway: someone on the way reads cookies
    /// and passwords, and changes what is answered. Mutual TLS inside the mesh does not help there.
    ///
    /// **Fix:** Redirect, and serve HTTPS:
    /// ```yaml
    /// servers:
    /// - port: {number: 80, name: http, protocol: HTTP}
    ///   hosts: [shop.example.com]
    ///   tls: {httpsRedirect: true}
    /// - port: {number: 443, name: https, protocol: HTTPS}
    ///   hosts: [shop.example.com]
    ///   tls: {mode: SIMPLE, credentialName: shop-tls}
    /// ```
    "MESH-106" {
        severity: Medium,
        rows: ["E05"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a}
spec: {servers: [{hosts: [a.example.com], port: {number: 80, name: http, protocol: HTTP}}]}
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a}
spec:
  servers:
  - {hosts: [a], port: {number: 80, name: http, protocol: HTTP}, tls: {httpsRedirect: true}}
  - {hosts: [a], port: {number: 443, name: https, protocol: HTTPS}, tls: {mode: SIMPLE}}
  - {hosts: [a], port: {number: 5432, name: db, protocol: TCP}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: egress}
spec:
  selector: {istio: egressgateway}
  servers: [{hosts: [a], port: {number: 80, name: http, protocol: HTTP}}]
",
            // A certificate authority asks over plain HTTP.
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: outer, namespace: edge}
spec: {servers: [{hosts: ['*'], port: {number: 80, name: http, protocol: HTTP}}]}
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
",
        ],
        run: Objects(&[Kind::IstioGateway], run),
    }
}

fn run(gateway: &Object, context: &Context<'_>, found: &mut Findings) {
    if context.index::<ChallengeGateways>().contain(gateway) {
        return;
    }
    let selector = gateway.value().at("spec.selector");
    // Egress gateways are called by sidecars.
    if selector
        .entries("")
        .any(|(_, value)| value.as_str().is_some_and(|text| text.contains("egress")))
    {
        return;
    }
    for (index, server) in gateway.value().list("spec.servers").iter().enumerate() {
        let protocol = server.text("port.protocol").unwrap_or_default();
        let plain = ["HTTP", "HTTP2", "GRPC", "GRPC-WEB"]
            .iter()
            .any(|name| protocol.eq_ignore_ascii_case(name));
        if plain && server.flag("tls.httpsRedirect") != Some(true) {
            found.at(
                FieldPath::root()
                    .join("spec.servers")
                    .index(index)
                    .join("tls.httpsRedirect"),
                format!("answers {protocol} without redirect to HTTPS"),
            );
        }
    }
}
