//! Rights without credentials.

use catseye_model::{Kind, Object, Severity};
use catseye_rbac::Subject;

use super::grants::{Grants, people, place, subject_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding gives rights to anonymous requests
    ///
    /// The user `system:anonymous` and the group `system:unauthenticated` are whoever reaches the API
    /// server, without any credentials. By default they may read its version and its health.
    ///
    /// **Fix:** Name the users or groups that need the right. Where a load balancer must read
    /// `/healthz`, the bootstrap role `system:public-info-viewer` allows it already.
    "RBA-014" {
        severity: Critical,
        rows: ["C14"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: open}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: 'system:unauthenticated', apiGroup: rbac.authorization.k8s.io}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: metrics}
rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: metrics}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: metrics}
subjects: [{kind: User, name: 'system:anonymous', apiGroup: rbac.authorization.k8s.io}]
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: 'system:public-info-viewer', labels: {kubernetes.io/bootstrapping: rbac-defaults}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:public-info-viewer'}
subjects: [{kind: Group, name: 'system:unauthenticated', apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: 'kubeadm:bootstrap-signer-clusterinfo', namespace: kube-public}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: 'kubeadm:bootstrap-signer-clusterinfo'}
subjects: [{kind: User, name: 'system:anonymous', apiGroup: rbac.authorization.k8s.io}]
",
        ],
        run: Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let grants = context.index::<Grants>();
    let Some(binding) = grants.binding(context.inventory, object) else {
        return;
    };
    let nobody = [
        Subject::user("system:anonymous"),
        Subject::group("system:unauthenticated"),
    ];
    // Of a role that is not visible the worst is possible.
    let only_paths = !binding.roles.is_empty()
        && binding.roles.iter().all(|role| {
            let rules = &grants.rbac.role(*role).rules;
            rules.iter().all(|rule| rule.rule.resources.is_empty())
        });
    let severity = if only_paths {
        Severity::Medium
    } else {
        Severity::Critical
    };
    for bound in people(binding).filter(|bound| nobody.contains(&bound.subject)) {
        let role = binding.role_ref.as_ref().map(ToString::to_string);
        found.at_severity(
            severity,
            subject_path(bound),
            format!(
                "requests without credentials hold {} {}",
                role.unwrap_or_default(),
                place(&binding.scope)
            ),
        );
    }
}
