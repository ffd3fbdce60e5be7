//! `NODES_PROXY`: a role speaks to kubelets.

use crate::ask::may;
use crate::build::Builder;
use crate::node::{Node, Scope, Set};
use crate::world::World;

edge! {
    /// A role speaks to kubelets
    ///
    /// `get` or `create` of `nodes/proxy`: the kubelet runs programs in any container of its node for whoever may, and nothing of it
    /// is in the audit log. `get` is enough, because a WebSocket begins with it. `resourceNames` limit the nodes.
    ///
    /// **Fix:** Use `nodes/metrics`, `nodes/stats`, `nodes/log`, `nodes/healthz` or `nodes/pods` instead.
    "NODES_PROXY" {
        attack: "T1609",
        success: 90,
        says: "{from} may ask kubelets to start programs in {to}",
        trace: "the kubelet's own log when asked directly; audit log: get or create nodes/proxy when asked through the API server",
        has: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes/proxy], verbs: [get]}
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
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [nodes/proxy], verbs: [get]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes/metrics], verbs: [get]}
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
    for grant in world.authority.grants(may(&["get", "create"], "", &["nodes/proxy"])) {
        match (&grant.names, grant.scope) {
            (_, Scope::Namespace(_)) => {}
            (None, scope) => graph.granted(&grant, Node::Set(Set::Pods, scope)),
            (Some(names), Scope::Cluster) => {
                for (host, _) in world.hosts().filter(|(host, _)| names.contains(host)) {
                    graph.granted(&grant, Node::Neighbours(host));
                }
            }
        }
    }
}
