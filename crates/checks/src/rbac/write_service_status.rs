//! Traffic by a Service's status.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody move traffic by a Service's status
    ///
    /// Whoever writes `services/status` sets a Service's load balancer address to any address, and
    /// every node sends traffic for that address to the Service's pods: other pods' calls to the
    /// outside are read and answered by the attacker (CVE-2020-8554).
    ///
    /// **Fix:** Leave `services/status` to the controller of the load balancer. Refuse `externalIPs` on
    /// Services by an admission policy: they do the same.
    "RBA-021" {
        severity: Medium,
        rows: ["C21"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [services/status], verbs: [patch]}
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
- {apiGroups: [''], resources: ['*/status'], verbs: [update]}
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
- {apiGroups: [''], resources: [services/status], verbs: [get]}
- {apiGroups: [''], resources: [services, pods/status], verbs: [update]}
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
    in_namespace: Some(Severity::Low),
    asks: &[Ask {
        verbs: &["update", "patch"],
        group: "",
        resources: &["services/status"],
    }],
};
