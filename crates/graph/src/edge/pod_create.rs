//! `POD_CREATE`: a role makes pods.

use catseye_model::Kind;

use crate::ask::{Ask, id_of};
use crate::build::{Builder, Effort, Evidence};
use crate::node::{Ability, Node, Scope, Set};
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A role makes pods
    ///
    /// `create` of `pods`, or of any workload that makes them, each in its API group: the pod runs any image as any service
    /// account of the namespace. Where the namespace enforces less than the Pod Security level `baseline`, the
    /// pod also takes the node over on which it lands, and that is any node.
    ///
    /// **Fix:** Take the rule out, or let the namespace enforce `baseline` at least.
    "POD_CREATE" {
        attack: "T1610",
        success: 90,
        says: "{from} may make pods, which run as {to}",
        trace: "audit log: create pods or of a workload",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [create]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['apps'], resources: [daemonsets], verbs: [create]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [pods], verbs: [create], resourceNames: [a]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [daemonsets], verbs: [create]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for ask in MAKERS {
        for grant in world.authority.grants(*ask) {
            // A rule that names objects never covers making one.
            if grant.names.is_some() {
                continue;
            }
            graph.half_granted(&grant, Ability::CreatePods);
        }
    }
    for scope in std::iter::once(Scope::Cluster).chain(world.namespaces().map(Scope::Namespace)) {
        let ability = Node::Ability(Ability::CreatePods, scope);
        if !graph.knows(&ability) {
            continue;
        }
        graph.arc(ability, Node::Set(Set::Accounts, scope), Evidence::default(), NO_FIX);
        let (open, place) = match scope {
            // Whoever makes pods everywhere takes the namespace that admits most; there is always one
            // more, `default` or a new one, unless all are told to refuse.
            Scope::Cluster => (true, Evidence::default()),
            Scope::Namespace(namespace) => (
                world.admits_breakout(namespace),
                graph.at_text(
                    id_of(world, Kind::Namespace, "", namespace),
                    "metadata.labels[pod-security.kubernetes.io/enforce]",
                ),
            ),
        };
        if open {
            let fix = graph.fix(place, "enforce the Pod Security level `baseline`", Effort::Medium);
            graph.arc(ability, Node::Set(Set::Hosts, Scope::Cluster), place, fix);
        }
    }
}

/// Everything that makes pods.
const MAKERS: &[Ask] = &[
    Ask { verbs: &["create"], group: "", resources: &["pods", "replicationcontrollers"] },
    Ask {
        verbs: &["create"],
        group: "apps",
        resources: &["deployments", "statefulsets", "daemonsets", "replicasets"],
    },
    Ask { verbs: &["create"], group: "batch", resources: &["jobs", "cronjobs"] },
];
