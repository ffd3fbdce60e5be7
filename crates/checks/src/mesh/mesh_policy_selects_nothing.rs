//! A policy of Istio whose selector selects no pods.

use catseye_model::{Completeness, FieldPath, Kind, Object, Selector};

use super::istio::{self, Istio};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::network::topology::Topology;

check! {
    /// A mesh policy selects no pods
    ///
    /// The policy has no effect: its selector meets the labels of no workload of its namespace. What
    /// it should refuse is let through.
    ///
    /// **Fix:** Make the selector meet the labels in the workload's pod template, in the workload's
    /// namespace:
    /// ```yaml
    /// spec:
    ///   selector: {matchLabels: {app: cart}}
    /// ```
    "MESH-004" {
        severity: Medium,
        rows: ["E04"],
        fails: [
            r"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop}
spec: {selector: {matchLabels: {app: carts}}}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: a, namespace: bank}
spec: {workloadSelector: {labels: {app: cart}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: a, namespace: shop}
spec: {selector: {matchLabels: {app: cart}}}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: in-the-root-namespace, namespace: istio-system}
spec: {selector: {matchLabels: {app: cart}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: gateway-runs-elsewhere, namespace: istio-system}
spec: {selector: {matchLabels: {istio: ingressgateway}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: whole-namespace, namespace: empty}
spec: {}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: cart}}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Objects(
            &[
                Kind::AuthorizationPolicy,
                Kind::PeerAuthentication,
                Kind::RequestAuthentication,
                Kind::Sidecar,
                Kind::EnvoyFilter,
                Kind::IstioGateway,
            ],
            run
        ),
    }
}

fn run(policy: &Object, context: &Context<'_>, found: &mut Findings) {
    let Some(selector) = istio::selector(policy) else {
        return;
    };
    let inventory = context.inventory;
    let topology = context.index::<Topology>();
    let selected = if policy.kind() == Kind::IstioGateway {
        // Gateways take pods of every namespace.
        topology.pods.selected_anywhere(inventory, &selector)
    } else {
        let istio = context.index::<Istio>();
        istio.selected(inventory, &topology.pods, policy, &selector)
    };
    if !selected.is_empty() {
        return;
    }
    if topology.operators.may_run(policy.namespace(), &selector) {
        found.unknown("an operator may run the pods");
        return;
    }
    match inventory.completeness() {
        Completeness::Fragment => found.unknown("the pods may stand elsewhere"),
        Completeness::Tree if policy.kind() == Kind::IstioGateway || names_a_gateway(&selector) => {
            found.unknown("the gateway's pods stand elsewhere");
        }
        Completeness::Tree | Completeness::Cluster => found.at(
            FieldPath::root().join(istio::selector_field(policy.kind())),
            format!("{selector} selects no workload"),
        ),
    }
}

/// Gateways are installed with Istio rather than with an application.
fn names_a_gateway(selector: &Selector) -> bool {
    let text = selector.to_string();
    text.contains("gateway") || text.starts_with("istio=")
}
