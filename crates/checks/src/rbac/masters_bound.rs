//! The group that no role can restrain.

use catseye_model::{Kind, Object};
use catseye_rbac::Subject;

use super::grants::{Grants, subject_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding names the group system:masters
    ///
    /// Members of `system:masters` may do everything before any role is asked; the binding adds
    /// nothing. That somebody wrote it says that certificates or users of this group are in use: they
    /// cannot be restrained by RBAC, and certificates of it cannot be revoked.
    ///
    /// **Fix:** Remove the subject. Give administrators a group of their own, bound to
    /// `cluster-admin`, and keep the certificate of `system:masters` offline.
    "RBA-016" {
        severity: Medium,
        rows: ["C16"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: 'system:masters', apiGroup: rbac.authorization.k8s.io}]
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
metadata: {name: admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: 'system:masters', apiGroup: rbac.authorization.k8s.io}]
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
    let masters = Subject::group("system:masters");
    for bound in &binding.subjects {
        if bound.subject == masters && !bound.is_default {
            let message = "system:masters may do everything already, and no role can take it away";
            found.at(subject_path(bound), message);
        }
    }
}
