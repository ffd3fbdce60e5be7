//! `POD_BIND`: a role places pods.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Jewel, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role places pods
    ///
    /// A node in hand and `create` of `pods/binding`: pods that wait are sent to the attacker's node.
    ///
    /// **Fix:** Take `pods/binding` out of the role; schedulers alone need it.
    "POD_BIND" {
        attack: "T1610",
        success: 20,
        says: "{from} places waiting pods on a node in hand: {to}",
        trace: "audit log: create pods/binding by another user than the scheduler",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods/binding], verbs: [create]}
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
- {apiGroups: [''], resources: [pods], verbs: [create]}
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
    for grant in world.authority.grants(may(&["create"], "", &["pods/binding"])) {
        if grant.scope != Scope::Cluster || grant.names.is_some() {
            continue;
        }
        let rule = graph.rule(&grant);
        let fix = graph.narrowed(&grant, rule);
        let half = Node::Rule(grant.number, grant.rule_place());
        graph.premise(grant.permissions, half, rule, fix);
        let both = graph.both(&[half, Node::Jewel(Jewel::Node)]);
        graph.arc(both, Node::Set(Set::Accounts, Scope::Cluster), rule, NO_FIX);
    }
}
