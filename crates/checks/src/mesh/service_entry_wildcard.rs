//! A `ServiceEntry` for a wildcard host.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A ServiceEntry opens the way out to a wildcard
    ///
    /// Every name below the wildcard may be called, and for a cloud's domain anyone can get one: data
    /// leaves to an attacker's bucket under a name that the mesh allows.
    ///
    /// **Fix:** Write out the hosts that are called:
    /// ```yaml
    /// spec:
    ///   hosts: [api.example.com]
    /// ```
    "MESH-112" {
        severity: Low,
        rows: ["E11"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec: {hosts: [api.example.com, '*.example.com', '*.com', '*']}
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a}
spec: {hosts: [api.example.com]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: inside}
spec: {hosts: ['*.shop.svc.cluster.local'], location: MESH_INTERNAL}
",
        ],
        run: Objects(&[Kind::ServiceEntry], run),
    }
}

fn run(entry: &Object, _: &Context<'_>, found: &mut Findings) {
    if entry.value().text("spec.location") == Some("MESH_INTERNAL") {
        return;
    }
    for (index, host) in entry.value().list("spec.hosts").iter().enumerate() {
        let Some(host) = host.as_str().filter(|host| host.starts_with('*')) else {
            continue;
        };
        let whole_domain = host.matches('.').count() < 2;
        let severity = if whole_domain {
            Severity::Medium
        } else {
            Severity::Low
        };
        found.at_severity(
            severity,
            FieldPath::root().join("spec.hosts").index(index),
            format!("opens the way out to all of {host}"),
        );
    }
}
