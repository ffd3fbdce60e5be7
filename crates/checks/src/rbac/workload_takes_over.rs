//! Workloads one step away from the cluster.

use catseye_model::{PodView, Severity};
use catseye_rbac::{Holding, Identity};

use super::TAKEOVER;
use super::grants::{Grants, place};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::secrets::service_account::is_token_mounted;

check! {
    /// A workload's token can take over the cluster
    ///
    /// The pod's token is mounted, and its service account holds a right over the whole cluster that
    /// leads to all others: reading every Secret, creating pods, running commands in them,
    /// impersonating, changing roles or admission. Whoever gets code to run in this workload owns the
    /// cluster with one request.
    ///
    /// **Fix:** Narrow the role to the namespaces and verbs that the application uses; run the part
    /// that needs the right apart from the part that outsiders reach.
    "RBA-026" {
        severity: High,
        rows: ["C26"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [secrets], verbs: [list]}
- {apiGroups: [''], resources: [pods/exec], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {serviceAccountName: web, containers: [{name: app, image: i}]}}}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'system:serviceaccounts:shop', apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  automountServiceAccountToken: false
  containers: [{name: app, image: i}]
  volumes:
  - {name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}
",
        ],
        passes: [
            // The right is one of its own namespace, or the token is not there.
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: app, image: i}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: job, namespace: shop}]
---
apiVersion: v1
kind: Pod
metadata: {name: job, namespace: shop}
spec: {serviceAccountName: job, automountServiceAccountToken: false, containers: [{name: app, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    if let Some((severity, message)) = takes_over(pod, context) {
        found.at_severity(severity, pod.path("serviceAccountName"), message);
    }
}

/// How the pod's token takes over the cluster, if it does.
pub(crate) fn takes_over(pod: &PodView<'_>, context: &Context<'_>) -> Option<(Severity, String)> {
    if !is_token_mounted(pod, context.inventory) && !has_projected_token(pod) {
        return None;
    }
    let grants = context.index::<Grants>();
    let account = pod.service_account();
    let identity = Identity::service_account(pod.object.namespace(), account);
    let effective = grants.rbac.effective(&identity);
    let worst = effective
        .holdings()
        .iter()
        .filter(|held| {
            let subject = grants.rbac.subject(held.subject);
            grants.rbac.binding(held.binding).is_made_by_people(subject)
        })
        .filter_map(|held| Some((takeover(&grants, held)?, held)))
        .max_by_key(|((severity, _), _)| *severity);
    let ((severity, power), held) = worst?;
    let message = format!(
        "runs as ServiceAccount {}/{account}, which may {power} {}, by {}",
        pod.object.namespace(),
        place(&held.scope),
        grants.rbac.binding(held.binding)
    );
    Some((severity, message))
}

/// The worst that a role, where it is held, lets a workload do to the cluster.
fn takeover(grants: &Grants, held: &Holding) -> Option<(Severity, String)> {
    if !matches!(held.scope.namespace_name(), None | Some("kube-system")) {
        return None;
    }
    if grants.is_everything(held.role) {
        return Some((Severity::Critical, "do everything".to_owned()));
    }
    TAKEOVER.iter().find_map(|power| {
        power.severity(&held.scope)?;
        let held = grants.held(held.role, power)?;
        Some((Severity::High, held.in_words()))
    })
}

fn has_projected_token(pod: &PodView<'_>) -> bool {
    use catseye_model::Fields as _;
    pod.spec.list("volumes").iter().any(|volume| {
        let sources = volume.list("projected.sources");
        sources.iter().any(|source| {
            // A token for another audience is refused by the API server.
            source.has("serviceAccountToken") && !source.has("serviceAccountToken.audience")
        })
    })
}
