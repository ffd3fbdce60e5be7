//! A namespace that stays out of the mesh.

use catseye_model::{Completeness, FieldPath, Kind, Object};

use super::istio::Istio;
use super::membership::{refuses_injection, takes_in};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::network::topology::Topology;

check! {
    /// A namespace stays out of the mesh
    ///
    /// The cluster runs Istio, but pods of this namespace get no proxy: they speak plain text, have
    /// no identity, and the mesh's policies do not hold for them.
    ///
    /// **Fix:** Take the namespace in, with sidecars or in ambient mode:
    /// ```yaml
    /// metadata:
    ///   labels:
    ///     istio.io/dataplane-mode: ambient   # or istio-injection: enabled
    /// ```
    "MESH-109" {
        severity: Low,
        rows: ["E07"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: disabled}}
",
            r"# completeness: cluster
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {istio-injection: enabled}}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Namespace
metadata: {name: empty}
---
apiVersion: v1
kind: Namespace
metadata: {name: bank, labels: {istio.io/rev: stable}}
---
apiVersion: v1
kind: Namespace
metadata: {name: istio-system, labels: {istio-injection: disabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {istio-injection: disabled}}
",
            r"# completeness: cluster
apiVersion: v1
kind: Namespace
metadata: {name: no-mesh-here}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: no-mesh-here}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Objects(&[Kind::Namespace], run),
    }
}

fn run(namespace: &Object, context: &Context<'_>, found: &mut Findings) {
    let name = namespace.name();
    if takes_in(namespace) || context.config.is_system(name) {
        return;
    }
    let istio = context.index::<Istio>();
    // Those of the mesh itself: proxies of gateways are injected by label.
    if name == &*istio.root || name.starts_with("istio-") {
        return;
    }
    if refuses_injection(namespace) {
        let labels = FieldPath::root().join("metadata.labels");
        found.at(labels.key("istio-injection"), "refuses sidecars");
    } else if istio.seen
        && context.inventory.completeness() == Completeness::Cluster
        && namespace.annotation("linkerd.io/inject").is_none()
        && !context
            .index::<Topology>()
            .pods
            .in_namespace(name)
            .is_empty()
    {
        found.at(
            FieldPath::root().join("metadata.labels"),
            "its pods get no proxy",
        );
    }
}
