//! `PSA_BYPASS`: a role lowers the guard of a namespace, then takes a node.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Ability, Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role lowers the guard of a namespace, then takes a node
    ///
    /// `update` or `patch` of `namespaces` changes the label by which Pod Security is enforced; making pods there does the rest.
    ///
    /// **Fix:** Take `update` and `patch` of `namespaces` out of the role.
    "PSA_BYPASS" {
        attack: "T1562.001",
        success: 85,
        says: "{from} may switch Pod Security off and start a pod that takes over {to}",
        trace: "audit log: update or patch namespaces, then create pods",
        has: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [create]}
- {apiGroups: [''], resources: [namespaces], verbs: [patch]}
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
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [create]}
- {apiGroups: [''], resources: [namespaces], verbs: [get]}
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
    for grant in world.authority.grants(may(&["update", "patch"], "", &["namespaces"])) {
        match &grant.names {
            None => graph.half_granted(&grant, Ability::LabelNamespaces),
            // The namespace of a request for a namespace is that namespace.
            Some(names) => {
                let rule = graph.rule(&grant);
                let fix = graph.narrowed(&grant, rule);
                for name in names {
                    if grant.covers(name, name) {
                        let to = Node::Ability(Ability::LabelNamespaces, Scope::Namespace(name));
                        graph.premise(grant.permissions, to, rule, fix);
                    }
                }
            }
        }
    }
    let both = [Ability::CreatePods, Ability::LabelNamespaces];
    graph.in_each_scope(world, &both, |_| Some(Node::Set(Set::Hosts, Scope::Cluster)));
}
