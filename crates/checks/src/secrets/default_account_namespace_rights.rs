//! A RoleBinding to the service account `default`.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The default service account is granted rights in a namespace
    ///
    /// Every pod of the namespace that names no account runs as `default`, and so does what an intruder
    /// starts there. A RoleBinding to it gives all of them the role, needed or not (CIS Kubernetes
    /// Benchmark 5.1.5).
    ///
    /// **Fix:** Bind the role to an account of the one workload that needs it, name that account in the
    /// workload's `serviceAccountName`, and remove `default` from the subjects.
    "SEC-309" {
        severity: Medium,
        rows: ["B09"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: cart, namespace: shop}
- {kind: ServiceAccount, name: default, namespace: shop}
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: cart, namespace: default}
- {kind: User, name: default, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: default, namespace: shop}
",
        ],
        run: Objects(&[Kind::RoleBinding], run),
    }
}

fn run(binding: &Object, _: &Context<'_>, found: &mut Findings) {
    let role = binding.value().text("roleRef.name").unwrap_or_default();
    for (index, subject) in binding.value().list("subjects").iter().enumerate() {
        let name = subject.text("name").unwrap_or_default();
        let is_default = match subject.text("kind") {
            Some("ServiceAccount") => name == "default",
            Some("User") => name
                .strip_prefix("system:serviceaccount:")
                .is_some_and(|account| account.ends_with(":default")),
            _ => false,
        };
        if is_default {
            found.at(
                FieldPath::root().join("subjects").index(index),
                format!("grants {role} in the namespace to every pod without an account"),
            );
        }
    }
}
