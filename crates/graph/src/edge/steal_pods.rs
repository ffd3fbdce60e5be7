//! `STEAL_PODS`: a node draws pods to itself.

use crate::ask::may;
use crate::build::{Builder, Evidence};
use crate::node::{Ability, Jewel, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A node draws pods to itself
    ///
    /// A node in hand, the right to make all others unschedulable (`update` or `patch` of `nodes` or `nodes/status`) and to
    /// delete or evict pods: what comes back, comes to the attacker's node, with its tokens.
    ///
    /// **Fix:** Take `update` and `patch` of `nodes` out of the role.
    "STEAL_PODS" {
        attack: "T1610",
        success: 60,
        says: "{from} has all other nodes refuse pods, and their tokens come: {to}",
        trace: "audit log: update or patch nodes, delete pods or create pods/eviction",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [patch]}
- {apiGroups: [''], resources: [pods], verbs: [delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [patch]}
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let halves = [
        (may(&["update", "patch"], "", &["nodes", "nodes/status"]), Ability::DisableNodes),
        (may(&["delete", "deletecollection"], "", &["pods"]), Ability::RemovePods),
        (may(&["create"], "", &["pods/eviction"]), Ability::RemovePods),
    ];
    for (ask, ability) in halves {
        for grant in world.authority.grants(ask) {
            if grant.scope == Scope::Cluster && grant.names.is_none() {
                graph.half_granted(&grant, ability);
            }
        }
    }
    let ability = |ability| Node::Ability(ability, Scope::Cluster);
    let premises = [
        ability(Ability::DisableNodes),
        ability(Ability::RemovePods),
        Node::Jewel(Jewel::Node),
    ];
    if premises[..2].iter().all(|premise| graph.knows(premise)) {
        let both = graph.both(&premises);
        graph.arc(both, Node::Set(Set::Accounts, Scope::Cluster), Evidence::default(), NO_FIX);
    }
}
