//! Admission webhooks and policies.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody change admission
    ///
    /// A mutating webhook or policy changes any object on its way into the cluster: it puts a container
    /// into every new pod. A validating webhook reads every object, Secrets too. Deleting either
    /// switches off what the team relies on to keep bad objects out.
    ///
    /// **Fix:** Leave these kinds to the delivery system. A controller that keeps its own webhook's
    /// certificate current needs `update` with `resourceNames`, no more.
    "RBA-010" {
        severity: High,
        rows: ["C10"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [admissionregistration.k8s.io], resources: [mutatingwebhookconfigurations], verbs: [patch]}
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
- {apiGroups: [admissionregistration.k8s.io], resources: [validatingadmissionpolicybindings], verbs: [delete]}
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
- {apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [get, update], resourceNames: [own]}
- {apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [list, watch]}
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
    in_namespace: None,
    asks: &[Ask {
        verbs: &["create", "update", "patch", "delete"],
        group: "admissionregistration.k8s.io",
        resources: &[
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
        ],
    }],
};
