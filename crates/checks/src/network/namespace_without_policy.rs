//! A namespace without any network policy.

use catseye_model::{Completeness, FieldPath, Kind, Object};

use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A namespace has no network policy
    ///
    /// Without a policy every pod of the cluster may connect to every pod of the namespace, and those
    /// pods may connect to anything, the cloud's metadata service included. One compromised pod then
    /// reaches all databases and internal interfaces there.
    ///
    /// **Fix:** Deny by default, then allow what is needed:
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: default-deny, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress, Egress]
    /// ```
    "NET-001" {
        severity: Medium,
        rows: ["D01"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: bank}
spec: {podSelector: {}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: baseline}
spec: {endpointSelector: {}, ingress: [{fromEntities: [cluster]}]}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: crd.antrea.io/v1beta1
kind: ClusterNetworkPolicy
metadata: {name: baseline}
spec: {}
",
        ],
        run: Objects(&[Kind::Namespace], run),
    }
}

fn run(namespace: &Object, context: &Context<'_>, found: &mut Findings) {
    let name = namespace.name();
    if context.config.is_system(name) {
        return;
    }
    match context.index::<Topology>().policies.governs(name) {
        Some(true) => {}
        Some(false) if context.inventory.completeness() == Completeness::Fragment => {
            found.unknown("policies of the namespace may stand elsewhere");
        }
        Some(false) => found.at(
            FieldPath::root().join("metadata.name"),
            format!("no network policy governs namespace {name}"),
        ),
        None => found.unknown("a policy of the whole cluster may govern the namespace"),
    }
}
