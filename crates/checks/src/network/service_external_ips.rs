//! `spec.externalIPs`.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Service claims external addresses
    ///
    /// `externalIPs` makes every node send traffic for those addresses to the Service, whether or not
    /// its owner holds them. Whoever may create or edit Services can so capture traffic of other pods
    /// to any address, the DNS server's or a bank's (CVE-2020-8554).
    ///
    /// **Fix:** Remove `externalIPs` and use a `LoadBalancer` or an Ingress; switch on the admission
    /// plugin `DenyServiceExternalIPs`.
    "NET-008" {
        severity: Medium,
        rows: ["D08"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {externalIPs: [203.0.113.7], ports: [{port: 53, protocol: UDP}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {externalIPs: [], ports: [{port: 53}]}
---
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {loadBalancerIP: 203.0.113.7, type: LoadBalancer, ports: [{port: 53}]}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(service: &Object, _: &Context<'_>, found: &mut Findings) {
    for (index, address) in service.value().list("spec.externalIPs").iter().enumerate() {
        if let Some(address) = address.as_str() {
            found.at(
                FieldPath::root().join("spec.externalIPs").index(index),
                format!("claims traffic for {address}"),
            );
        }
    }
}
