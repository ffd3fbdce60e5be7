//! A gateway of Istio for all hosts.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A mesh gateway takes routes of every namespace for any host
    ///
    /// With host `*` a VirtualService of any namespace may bind any name to the gateway, so whoever
    /// may create one takes over the traffic of others.
    ///
    /// **Fix:** Name the hosts, and the namespace that may route them:
    /// ```yaml
    /// servers:
    /// - hosts: [shop/shop.example.com]
    /// ```
    "MESH-105" {
        severity: Low,
        rows: ["E05"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a}
spec: {servers: [{hosts: [a.example.com]}, {hosts: ['*']}, {hosts: ['*/*']}]}
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a}
spec: {servers: [{hosts: [a.example.com, 'shop/*', './*', '*.example.com']}]}
",
        ],
        run: Objects(&[Kind::IstioGateway], run),
    }
}

fn run(gateway: &Object, _: &Context<'_>, found: &mut Findings) {
    for (server, value) in gateway.value().list("spec.servers").iter().enumerate() {
        for (index, host) in value.list("hosts").iter().enumerate() {
            if matches!(host.as_str(), Some("*" | "*/*")) {
                let path = FieldPath::root().join("spec.servers").index(server);
                found.at(
                    path.join("hosts").index(index),
                    "takes routes of every namespace for any host",
                );
            }
        }
    }
}
