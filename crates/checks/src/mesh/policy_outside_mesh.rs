//! A policy of Istio on pods that are not in the mesh.

use catseye_model::{FieldPath, Kind, Object, PodView, Selector};

use super::istio::{self, Istio};
use super::membership::{Membership, in_istio};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::network::topology::Topology;

check! {
    /// A mesh policy holds for pods that are not in the mesh
    ///
    /// Istio's policies are enforced by the sidecar, or by ztunnel and waypoint. Pods without any of
    /// them answer everyone, whatever the policy says.
    ///
    /// **Fix:** Take the pods into the mesh:
    /// ```yaml
    /// metadata:
    ///   labels: {istio-injection: enabled}   # of the namespace
    /// ```
    "MESH-104" {
        severity: High,
        rows: ["E04"],
        fails: [
            r"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop}
spec: {selector: {matchLabels: {app: cart}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: cart, sidecar.istio.io/inject: 'false'}}
spec: {containers: [{name: a, image: i}]}
",
            r"# completeness: cluster
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop}
spec: {}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop}
spec: {selector: {matchLabels: {app: cart}}}
---
apiVersion: v1
kind: Pod
metadata: {name: unknown, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nothing-selected, namespace: shop}
spec: {selector: {matchLabels: {app: none}}}
",
        ],
        run: Objects(
            &[
                Kind::AuthorizationPolicy,
                Kind::PeerAuthentication,
                Kind::RequestAuthentication,
            ],
            run
        ),
    }
}

fn run(policy: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    let istio = context.index::<Istio>();
    let selector = istio::selector(policy);
    // A policy of the whole mesh holds for those that are in it.
    if istio::has_targets(policy) || (selector.is_none() && policy.namespace() == &*istio.root) {
        return;
    }
    let topology = context.index::<Topology>();
    let whole = Selector::default();
    let held = istio.selected(
        inventory,
        &topology.pods,
        policy,
        selector.as_ref().unwrap_or(&whole),
    );
    let outside = |id: &catseye_model::ObjectId| {
        PodView::of(inventory.object(*id))
            .is_some_and(|pod| in_istio(inventory, &pod) == Membership::Outside)
    };
    if held.is_empty() || !held.iter().all(outside) {
        return;
    }
    let field = match selector {
        Some(_) => istio::selector_field(policy.kind()),
        None => "metadata.namespace",
    };
    found.at(
        FieldPath::root().join(field),
        "none of the pods it holds for is in the mesh",
    );
}
