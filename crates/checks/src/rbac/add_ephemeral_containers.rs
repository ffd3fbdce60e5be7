//! Debug containers in running pods.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody put containers into running pods
    ///
    /// Whoever patches `pods/ephemeralcontainers` starts an image of their choice inside of a running
    /// pod, with its volumes, its network and, by `targetContainerName`, its processes: as good as a
    /// shell in it, and easy to miss where only `pods/exec` is watched.
    ///
    /// **Fix:** Grant it as you grant `pods/exec`: for the time of an investigation, in one namespace.
    "RBA-025" {
        severity: High,
        rows: ["C25"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [patch]}
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
- {apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [update]}
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
- {apiGroups: [''], resources: [pods/ephemeralcontainers], verbs: [get]}
- {apiGroups: [''], resources: [pods], verbs: [patch]}
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
    asks: &[Ask {
        verbs: &["update", "patch"],
        group: "",
        resources: &["pods/ephemeralcontainers"],
    }],
};
