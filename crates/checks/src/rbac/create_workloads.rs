//! Creating pods, directly or by a controller.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody create workloads
    ///
    /// Whoever creates a pod chooses its service account, its Secrets and its volumes: with it come the
    /// rights of every account and the contents of every Secret of the namespace and, where Pod
    /// Security does not forbid it, the node. A Deployment, Job or CronJob is as good as a pod, and
    /// changing one as good as creating it.
    ///
    /// **Fix:** Leave creating workloads to the delivery system, in its own namespaces, and enforce Pod
    /// Security Standards there.
    "RBA-004" {
        severity: High,
        rows: ["C04"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods], verbs: [create]}
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
- {apiGroups: [apps], resources: [deployments], verbs: [patch]}
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
- {apiGroups: [''], resources: [pods], verbs: [get, list, delete]}
- {apiGroups: [''], resources: [pods/log], verbs: [create]}
- {apiGroups: [apps], resources: [deployments/scale], verbs: [update]}
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
    everywhere: Severity::High,
    in_namespace: Some(Severity::Low),
    asks: &[
        Ask {
            verbs: &["create"],
            group: "",
            resources: &["pods"],
        },
        Ask {
            verbs: &["create", "update", "patch"],
            group: "",
            resources: &["replicationcontrollers"],
        },
        Ask {
            verbs: &["create", "update", "patch"],
            group: "apps",
            resources: &["deployments", "daemonsets", "statefulsets", "replicasets"],
        },
        Ask {
            verbs: &["create", "update", "patch"],
            group: "batch",
            resources: &["jobs", "cronjobs"],
        },
    ],
};
