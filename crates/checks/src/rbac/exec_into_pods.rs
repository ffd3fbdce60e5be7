//! Running commands in pods, or speaking to their ports.

use catseye_model::{Kind, Object, Severity, Version};

use super::grants::{Ask, Power};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding lets somebody run commands in pods
    ///
    /// `pods/exec` and `pods/attach` give a shell in any pod of the scope, with its token, its Secrets
    /// and its network; `pods/portforward` reaches ports that no NetworkPolicy would let anybody reach.
    /// Before Kubernetes 1.35 `get` is enough, by WebSocket.
    ///
    /// **Fix:** Grant it for the time of an investigation, in one namespace, to people who authenticate
    /// with a second factor. Debug with logs and metrics otherwise.
    "RBA-005" {
        severity: High,
        rows: ["C05"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [pods/exec], verbs: [create]}
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
- {apiGroups: [''], resources: ['*/attach'], verbs: [create]}
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
- {apiGroups: [''], resources: [pods, pods/log], verbs: [create]}
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
- {apiGroups: [''], resources: [pods/*], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
",
        ],
        run: Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding], run),
    }
}

const RESOURCES: &[&str] = &["pods/exec", "pods/attach", "pods/portforward"];

pub(super) static POWER: Power = Power {
    everywhere: Severity::High,
    in_namespace: Some(Severity::Medium),
    asks: &[Ask {
        verbs: &["create"],
        group: "",
        resources: RESOURCES,
    }],
};

/// With the verb `get`, which a WebSocket needs alone before the API server asks for `create` too.
pub(super) static BEFORE_1_35: Power = Power {
    everywhere: Severity::High,
    in_namespace: Some(Severity::Medium),
    asks: &[Ask {
        verbs: &["create", "get"],
        group: "",
        resources: RESOURCES,
    }],
};

fn run(binding: &Object, context: &Context<'_>, found: &mut Findings) {
    let power = if context.version() < Version::minor(35) {
        &BEFORE_1_35
    } else {
        &POWER
    };
    power.judge(binding, context, found);
}
