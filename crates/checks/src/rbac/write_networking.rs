//! What decides where traffic may go.

use catseye_model::{Kind, Severity};

use super::grants::{Ask, Power};
use crate::check::check;

check! {
    /// A binding lets somebody change where traffic goes
    ///
    /// Whoever deletes a NetworkPolicy opens the network that it closed; whoever writes Ingresses,
    /// HTTPRoutes, Endpoints or EndpointSlices leads other people's requests to their own pods.
    ///
    /// **Fix:** Keep these kinds in the delivery system. Applications do not need to write them.
    "RBA-022" {
        severity: Medium,
        rows: ["C22"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [networking.k8s.io], resources: [networkpolicies], verbs: [delete]}
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
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [create]}
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
- {apiGroups: [networking.k8s.io], resources: [ingresses, networkpolicies], verbs: [get, list, watch]}
- {apiGroups: [networking.k8s.io], resources: [ingresses/status], verbs: [update]}
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
    asks: &[
        Ask {
            verbs: &["create", "update", "patch", "delete"],
            group: "networking.k8s.io",
            resources: &["networkpolicies", "ingresses"],
        },
        Ask {
            verbs: &["create", "update", "patch", "delete"],
            group: "policy.networking.k8s.io",
            resources: &[
                "adminnetworkpolicies",
                "baselineadminnetworkpolicies",
                "clusternetworkpolicies",
            ],
        },
        Ask {
            verbs: &["create", "update", "patch"],
            group: "gateway.networking.k8s.io",
            resources: &["httproutes", "grpcroutes", "tlsroutes", "tcproutes"],
        },
        Ask {
            verbs: &["create", "update", "patch"],
            group: "",
            resources: &["endpoints"],
        },
        Ask {
            verbs: &["create", "update", "patch"],
            group: "discovery.k8s.io",
            resources: &["endpointslices"],
        },
    ],
};
