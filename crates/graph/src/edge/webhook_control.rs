//! `WEBHOOK_CONTROL`: a role decides what the API server stores.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role decides what the API server stores
    ///
    /// `create`, `update` or `patch` of webhook configurations or of admission policies and their bindings: a mutating
    /// one puts a container into every new pod; a validating one reads every secret that is written. Policies need no server.
    ///
    /// **Fix:** Take the rule out, or limit it by `resourceNames`.
    "WEBHOOK_CONTROL" {
        attack: "T1556",
        success: 85,
        says: "{from} may change every object that is written, and so becomes {to}",
        trace: "audit log: create, update or patch of a webhook configuration or admission policy",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['admissionregistration.k8s.io'], resources: [mutatingwebhookconfigurations], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: ['admissionregistration.k8s.io'], resources: [mutatingwebhookconfigurations], verbs: [patch]}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: ['admissionregistration.k8s.io'], resources: [mutatingwebhookconfigurations], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: robot, namespace: shop}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for grant in world.authority.grants(may(&["create", "update", "patch"], GROUP, MUTATING)) {
        if grant.scope == Scope::Cluster {
            graph.granted(&grant, Node::ClusterAdmin);
        }
    }
    let reading = may(&["create", "update", "patch"], GROUP, &["validatingwebhookconfigurations"]);
    for grant in world.authority.grants(reading) {
        if grant.scope == Scope::Cluster {
            graph.granted(&grant, Node::Set(Set::Secrets, Scope::Cluster));
        }
    }
}

const GROUP: &str = "admissionregistration.k8s.io";
const MUTATING: &[&str] = &["mutatingwebhookconfigurations", "mutatingadmissionpolicies"];
