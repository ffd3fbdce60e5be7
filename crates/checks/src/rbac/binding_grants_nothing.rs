//! Bindings that point at what is not there.

use catseye_model::{Completeness, FieldPath, Kind, Object, Severity};
use catseye_rbac::{ProblemKind, RoleKind, Subject};

use super::grants::{Grants, subject_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding names a role or an account that does not exist
    ///
    /// It grants nothing today. It grants tomorrow: whoever may create a role or a service account of
    /// that name fills the gap, and the binding that somebody wrote long ago does the rest. A binding
    /// that the API server refuses leaves its author without the right that they expect.
    ///
    /// **Fix:** Correct the name, or delete the binding:
    /// ```sh
    /// kubectl delete rolebinding NAME -n NAMESPACE
    /// ```
    "RBA-027" {
        severity: Low,
        rows: ["C28"],
        fails: [
            r"# completeness: cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: gone}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: gone, namespace: shop}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: gone}
subjects: [{kind: User, name: ann}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web}, {kind: Robot, name: r2}]
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: of-another-folder}
subjects: [{kind: ServiceAccount, name: of-another-folder, namespace: bank}, {kind: ServiceAccount, name: local}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: User, name: ann}]
",
        ],
        run: Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let grants = context.index::<Grants>();
    let inventory = context.inventory;
    let Some(binding) = grants.binding(inventory, object) else {
        return;
    };
    if let (Some(role), true) = (&binding.role_ref, binding.roles.is_empty()) {
        // Cluster roles come with other folders, Roles with the bindings that name them.
        let should_be_here = match inventory.completeness() {
            Completeness::Cluster => true,
            Completeness::Tree => role.kind == RoleKind::Role,
            Completeness::Fragment => false,
        };
        if should_be_here {
            let path = FieldPath::root().join("roleRef.name");
            found.at(path, format!("{role} does not exist"));
        } else {
            found.unknown(format!("{role} is not among the objects"));
        }
    }
    let has_accounts = inventory.of_kind(Kind::ServiceAccount).next().is_some();
    if inventory.completeness() == Completeness::Cluster && has_accounts {
        for bound in binding.subjects.iter().filter(|bound| !bound.is_default) {
            if let Subject::ServiceAccount { namespace, name } = &bound.subject
                && inventory
                    .find(Kind::ServiceAccount, namespace, name)
                    .is_none()
            {
                let path = subject_path(bound);
                found.at(path, format!("{} does not exist", bound.subject));
            }
        }
    }
    let problems = inventory
        .id_of(object)
        .map(|id| grants.rbac.problems_of(id));
    for problem in problems.unwrap_or_default() {
        let path = match &problem.kind {
            ProblemKind::AccountWithoutNamespace { subject, .. }
            | ProblemKind::UnknownSubject { subject, .. } => {
                FieldPath::root().key("subjects").index(*subject)
            }
            ProblemKind::NotARole { .. } => FieldPath::root().join("roleRef.kind"),
            ProblemKind::WrongGroup { .. }
            | ProblemKind::MissingRole { .. }
            | ProblemKind::PathsInARole
            | ProblemKind::InvalidAggregation(_) => continue,
        };
        found.at_severity(Severity::Medium, path, problem.kind.to_string());
    }
}
