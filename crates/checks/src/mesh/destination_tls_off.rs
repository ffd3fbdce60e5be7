//! A `DestinationRule` that switches TLS off.

use catseye_model::{Fields, Kind, Object};

use super::client_tls;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A DestinationRule switches TLS off
    ///
    /// Sidecars send to this host in plain text, although the mesh could encrypt: someone on the
    /// network reads and changes the traffic, and the called side cannot tell who calls.
    ///
    /// **Fix:** Remove the setting, so that Istio uses mutual TLS where the other side can:
    /// ```yaml
    /// trafficPolicy:
    ///   tls: {mode: ISTIO_MUTUAL}
    /// ```
    "MESH-002" {
        severity: High,
        rows: ["E02"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec:
  host: a
  trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}
  subsets: [{name: v1, trafficPolicy: {tls: {mode: DISABLE}}}]
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a}
spec: {host: a, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api-server-has-its-own-tls}
spec: {host: kubernetes.default.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: b}
spec: {host: b, trafficPolicy: {loadBalancer: {simple: RANDOM}}}
",
        ],
        run: Objects(&[Kind::DestinationRule], run),
    }
}

fn run(rule: &Object, _: &Context<'_>, found: &mut Findings) {
    let host = rule.value().text("spec.host").unwrap_or_default();
    if host.starts_with("kubernetes.default") {
        return;
    }
    for (path, tls) in client_tls::settings(rule) {
        if tls.text("mode") == Some("DISABLE") {
            found.at(path.join("mode"), format!("sends to {host} in plain text"));
        }
    }
}
