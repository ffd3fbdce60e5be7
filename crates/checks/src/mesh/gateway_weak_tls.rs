//! A gateway of Istio that takes old versions of TLS.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A mesh gateway takes TLS below 1.2
    ///
    /// TLS 1.0 and 1.1 are deprecated (RFC 8996): their hashes and ciphers are broken, and someone on
    /// the way can push a connection down to them.
    ///
    /// **Fix:** Leave the version out (the default is TLS 1.2), or state it:
    /// ```yaml
    /// tls:
    ///   minProtocolVersion: TLSV1_2
    /// ```
    "MESH-107" {
        severity: Medium,
        rows: ["E05"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a}
spec: {servers: [{hosts: [a], tls: {mode: SIMPLE, minProtocolVersion: TLSV1_0}}]}
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: a}
spec:
  servers:
  - {hosts: [a], tls: {mode: SIMPLE}}
  - {hosts: [b], tls: {mode: SIMPLE, minProtocolVersion: TLSV1_2}}
  - {hosts: [c], tls: {mode: SIMPLE, minProtocolVersion: TLS_AUTO}}
",
        ],
        run: Objects(&[Kind::IstioGateway], run),
    }
}

fn run(gateway: &Object, _: &Context<'_>, found: &mut Findings) {
    for (index, server) in gateway.value().list("spec.servers").iter().enumerate() {
        let path = || FieldPath::root().join("spec.servers").index(index);
        for field in ["tls.minProtocolVersion", "tls.maxProtocolVersion"] {
            if let Some(version @ ("TLSV1_0" | "TLSV1_1")) = server.text(field) {
                found.at(path().join(field), format!("takes {version}"));
            }
        }
    }
}
