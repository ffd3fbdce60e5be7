//! Destroying workloads and data.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody delete workloads or data
    ///
    /// Deleting a namespace deletes everything in it; `deletecollection` empties a kind in one request;
    /// deleting claims and volumes destroys data. It takes one stolen token to end the service.
    ///
    /// **Fix:** Leave deleting to the delivery system and the controllers that create the objects. Keep
    /// backups out of the cluster's reach.
    "RBA-020" {
        severity: Medium,
        rows: ["C20"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [namespaces], verbs: [delete]}
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
- {apiGroups: [''], resources: [pods], verbs: [deletecollection]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
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
- {apiGroups: [''], resources: [pods], verbs: [delete]}
- {apiGroups: [apps], resources: [deployments], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
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
    in_namespace: Some(Severity::Info),
    asks: &[
        Ask {
            verbs: &["delete", "deletecollection"],
            group: "",
            resources: &["namespaces", "persistentvolumes", "persistentvolumeclaims"],
        },
        Ask {
            verbs: &["deletecollection"],
            group: "",
            resources: &["pods", "secrets", "configmaps", "services"],
        },
        Ask {
            verbs: &["delete", "deletecollection"],
            group: "apps",
            resources: &["deployments", "statefulsets", "daemonsets"],
        },
    ],
};
