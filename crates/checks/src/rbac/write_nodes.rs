//! Labels and taints of nodes.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody change nodes
    ///
    /// Labels and taints decide which pods run where. Whoever writes them draws pods with valuable
    /// tokens onto a node that they control, or drives the cluster's own pods away; `nodes/status` does
    /// it by conditions and capacity.
    ///
    /// **Fix:** Leave nodes to the cloud provider's controller. Labels that keep tenants apart belong
    /// under `node-restriction.kubernetes.io/`.
    "RBA-023" {
        severity: Medium,
        rows: ["C23"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: ['*/status'], verbs: [update]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [get, list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [''], resources: [nodes], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
",
        ],
        run: Objects(
            &[Kind::RoleBinding, Kind::ClusterRoleBinding],
            |binding, context, found| POWER.judge(binding, context, found),
        ),
    }
}

pub(super) static POWER: Power = Power {
    everywhere: Severity::Medium,
    in_namespace: None,
    asks: &[Ask {
        verbs: &["update", "patch"],
        group: "",
        resources: &["nodes", "nodes/status"],
    }],
};
