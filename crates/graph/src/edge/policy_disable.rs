//! `POLICY_DISABLE`: a role switches the policies off.

use catseye_model::Kind;

use crate::ask::Ask;
use crate::build::Builder;
use crate::node::{Ability, Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role switches the policies off
    ///
    /// Writing the rules of Kyverno or Gatekeeper, exceptions from them, or validating admission policies: what they kept out,
    /// comes in; with the right to make pods, a node.
    ///
    /// **Fix:** Take the rule out; change policies through review.
    "POLICY_DISABLE" {
        attack: "T1562.001",
        success: 70,
        says: "{from} may switch policies off and start a pod that takes over {to}",
        trace: "audit log: update, patch or delete of a policy, or create of an exception; then create pods",
        has: [
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['kyverno.io'], resources: [clusterpolicies], verbs: [patch]}
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
        lacks: [
            r"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['kyverno.io'], resources: [clusterpolicies], verbs: [patch]}
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
    let has_policies = [
        Kind::KyvernoClusterPolicy,
        Kind::GatekeeperConstraintTemplate,
        Kind::ValidatingAdmissionPolicy,
    ]
    .into_iter()
    .any(|kind| world.inventory.of_kind(kind).next().is_some());
    if !has_policies {
        return;
    }
    for ask in WRITES {
        for grant in world.authority.grants(*ask) {
            if grant.scope == Scope::Cluster {
                graph.half_granted(&grant, Ability::ChangePolicies);
            }
        }
    }
    let both = [Ability::CreatePods, Ability::ChangePolicies];
    graph.in_each_scope(world, &both, |_| Some(Node::Set(Set::Hosts, Scope::Cluster)));
}

const WRITES: &[Ask] = &[
    Ask {
        verbs: &["update", "patch", "delete"],
        group: "kyverno.io",
        resources: &["clusterpolicies", "policyexceptions"],
    },
    Ask { verbs: &["create"], group: "kyverno.io", resources: &["policyexceptions"] },
    Ask {
        verbs: &["update", "patch", "delete"],
        group: "templates.gatekeeper.sh",
        resources: &["constrainttemplates"],
    },
    Ask {
        verbs: &["update", "patch", "delete"],
        group: "admissionregistration.k8s.io",
        resources: &["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
    },
];
