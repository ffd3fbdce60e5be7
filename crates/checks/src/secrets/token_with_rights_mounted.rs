//! Mounted tokens that may do something.

use catseye_model::PodView;

use super::service_account::{GrantedRoles, is_token_mounted};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::rbac::workload_takes_over::takes_over;

check! {
    /// A pod carries a token with rights in the cluster
    ///
    /// The pod's service account is granted a role, and its token is mounted into every container by
    /// default. Whoever runs code in any of them acts with that role, from inside or, with the copied
    /// token, from outside. (Where the rights take over the cluster, RBA-026 says so instead.)
    ///
    /// **Fix:** Check that the application calls the API server; if not, set
    /// `automountServiceAccountToken: false` and remove the binding. If it does, narrow the role, and
    /// mount the token into the one container that needs it with a `projected` volume.
    "SEC-108" {
        severity: Medium,
        rows: ["B08"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: cart, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read-orders}
subjects:
- {kind: ServiceAccount, name: cart, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    spec:
      serviceAccountName: cart
      containers:
      - {name: app, image: i}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: Group, name: 'system:serviceaccounts:shop', apiGroup: rbac.authorization.k8s.io}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers:
  - {name: app, image: i}
",
        ],
        passes: [
            // The token takes over the cluster: RBA-026 says so, and says it once.
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: agent, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read-orders}
subjects: [{kind: ServiceAccount, name: agent, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: agent, namespace: shop}]
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec:
  serviceAccountName: agent
  containers: [{name: agent, image: i}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: cart, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read-orders}
subjects:
- {kind: ServiceAccount, name: cart, namespace: other}
- {kind: User, name: cart}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: system:service-account-issuer-discovery}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:service-account-issuer-discovery}
subjects:
- {kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  serviceAccountName: cart
  containers:
  - {name: app, image: i}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: cart, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read-orders}
subjects:
- {kind: ServiceAccount, name: cart, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: not-mounted, namespace: shop}
spec:
  serviceAccountName: cart
  automountServiceAccountToken: false
  containers:
  - {name: app, image: i}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if !is_token_mounted(pod, context.inventory) || takes_over(pod, context).is_some() {
        return;
    }
    let account = pod.service_account();
    let granted = context.index::<GrantedRoles>();
    if let Some(granted) = granted.of(pod.object.namespace(), account) {
        found.at(
            pod.path("automountServiceAccountToken"),
            format!(
                "the token of {account} is mounted, which {} grants {}",
                granted.binding, granted.role
            ),
        );
    }
}
