//! A namespace of the mesh that no policy makes demand mutual TLS.

use catseye_model::{Completeness, FieldPath, Kind, Object};

use super::istio::Istio;
use super::membership::takes_in;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// No policy demands mutual TLS in a mesh namespace
    ///
    /// Istio's default is `PERMISSIVE`: sidecars take plain text from anyone, so a pod outside the
    /// mesh connects without identity and authorization by principal can be gone around.
    ///
    /// **Fix:** Demand it in the root namespace, for the whole mesh, or in this one:
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: istio-system}
    /// spec:
    ///   mtls: {mode: STRICT}
    /// ```
    "MESH-101" {
        severity: Medium,
        rows: ["E01"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: one-workload, namespace: shop}
spec: {selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: outside}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
",
        ],
        run: Objects(&[Kind::Namespace], run),
    }
}

fn run(namespace: &Object, context: &Context<'_>, found: &mut Findings) {
    if !takes_in(namespace) || context.index::<Istio>().mode(namespace.name()).is_some() {
        return;
    }
    if context.inventory.completeness() == Completeness::Cluster {
        found.at(
            FieldPath::root().join("metadata.labels"),
            "no PeerAuthentication of the namespace or the mesh sets a mode",
        );
    } else {
        found.unknown("the policy of the whole mesh may stand elsewhere");
    }
}
