//! Everything, granted.

use catseye_model::{Kind, Object, Severity};

use super::grants::judge_binding;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding makes somebody administrator
    ///
    /// The role is `cluster-admin`, or amounts to it: every verb on every resource, of every API group
    /// or of the core group, which holds Secrets, pods and impersonation. Whoever takes over the
    /// subject owns the cluster, its nodes and its data; in one namespace, everything in it.
    ///
    /// **Fix:** Bind a role with the rights that are needed: `catseye can sa:NAMESPACE/NAME` lists
    /// those that it has today. Keep `cluster-admin` for a break-glass group of people.
    "RBA-001" {
        severity: Critical,
        rows: ["C01"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
- {kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}
",
            // As much by another name.
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: helper}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, create, update, patch, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: helper}
subjects: [{kind: Group, name: dev, apiGroup: rbac.authorization.k8s.io}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: core, namespace: kube-system}
rules:
- {apiGroups: [''], resources: ['*'], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: core}
subjects: [{kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}]
",
            // Somebody added to a binding that every cluster has.
            r"# completeness: cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
- {nonResourceURLs: ['*'], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: Group, name: 'system:masters', apiGroup: rbac.authorization.k8s.io}
- {kind: ServiceAccount, name: default, namespace: kube-system}
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'system:masters', apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: 'kubeadm:cluster-admins'}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'kubeadm:cluster-admins', apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}]
",
            // Every resource of its own group is no other's.
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widgets}
rules:
- {apiGroups: [widgets.example.com], resources: ['*'], verbs: ['*']}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: widgets}
subjects: [{kind: ServiceAccount, name: widgets, namespace: shop}]
",
        ],
        run: Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding], run),
    }
}

fn run(binding: &Object, context: &Context<'_>, found: &mut Findings) {
    judge_binding(binding, context, found, |grants, binding, role| {
        let severity = match binding.scope.namespace_name() {
            None => Severity::Critical,
            Some("kube-system") => Severity::High,
            Some(_) => Severity::Medium,
        };
        let power = grants.everything(role)?;
        Some((
            severity,
            power.to_owned(),
            grants.rbac.role(role).to_string(),
        ))
    });
}
