//! `ANON`: anyone may act without a name.

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// Anyone may act without a name
    ///
    /// A binding names `system:anonymous` or `system:unauthenticated`, beyond what Kubernetes itself grants them (health and
    /// version). Every pod can ask the API server without a token, and where its address is public, everyone can.
    ///
    /// **Fix:** Remove the subject, and set `--anonymous-auth=false`.
    "ANON" {
        attack: "T1078.001",
        success: 70,
        says: "{from} speaks to the API server as {to}",
        trace: "audit log: requests of user system:anonymous",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: r}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:unauthenticated'}
",
        ],
        lacks: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods], verbs: [get]}
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
    for (subject, binding, index) in world.authority.bound_by_people() {
        if matches!(subject, Node::User("system:anonymous") | Node::Group("system:unauthenticated")) {
            let place = graph.at_text(Some(binding), &format!("subjects[{index}]"));
            let fix = graph.fix(place, "remove this subject from the binding", Effort::Low);
            graph.arc(Node::Internet, subject, place, fix);
        }
    }
}
