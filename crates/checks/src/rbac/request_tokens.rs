//! Asking for tokens of service accounts.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody get tokens of service accounts
    ///
    /// `create` on `serviceaccounts/token` hands out a fresh token of any account of the scope, valid
    /// as long as asked for, with all the rights of that account.
    ///
    /// **Fix:** Name the accounts with `resourceNames`.
    "RBA-011" {
        severity: High,
        rows: ["C11"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}
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
- {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create]}
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
- {apiGroups: [''], resources: [serviceaccounts/token], verbs: [create], resourceNames: [robot]}
- {apiGroups: [''], resources: [serviceaccounts], verbs: [create]}
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
    in_namespace: Some(Severity::Medium),
    asks: &[Ask {
        verbs: &["create"],
        group: "",
        resources: &["serviceaccounts/token"],
    }],
};
