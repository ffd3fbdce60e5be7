//! Rights for everybody who is somebody.

use catseye_model::{Kind, Object, Severity};
use catseye_rbac::{Binding, Subject};

use super::POWERS;
use super::grants::{Grants, people, place, subject_path, unknown_role};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding gives rights to everyone
    ///
    /// The group `system:authenticated` is every user and every service account of every pod, and, with
    /// some cloud providers, every account of that cloud. `system:serviceaccounts` is every pod;
    /// `system:serviceaccounts:NAMESPACE` every pod of a namespace. Any compromised pod holds what
    /// they hold.
    ///
    /// **Fix:** Bind the role to the accounts that need it, by name.
    "RBA-015" {
        severity: High,
        rows: ["C15"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects:
- {kind: Group, name: 'system:authenticated', apiGroup: rbac.authorization.k8s.io}
- {kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}
- {kind: Group, name: 'system:serviceaccounts:shop', apiGroup: rbac.authorization.k8s.io}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: report}
rules: [{apiGroups: [example.com], resources: [reports], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: all, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: report}
subjects: [{kind: Group, name: 'system:authenticated', apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}]
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: 'system:discovery', labels: {kubernetes.io/bootstrapping: rbac-defaults}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:discovery'}
subjects: [{kind: Group, name: 'system:authenticated', apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: Group, name: 'system:serviceaccounts:shop', apiGroup: rbac.authorization.k8s.io}]
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
    let everyone = people(binding).filter_map(|bound| Some((bound, who(&bound.subject)?)));
    let everyone: Vec<_> = everyone.collect();
    if everyone.is_empty() || unknown_role(binding, found) {
        return;
    }
    let strength = strength(&grants, binding);
    for (bound, who) in everyone {
        let severity = match (strength, &who) {
            (Strength::Power, _) => Severity::High,
            (Strength::Writes, Who::All(_)) => Severity::Medium,
            (Strength::Writes, Who::Namespace(_)) | (Strength::Reads, Who::All(_)) => Severity::Low,
            // Reading in the namespace that they live in, or little more.
            (Strength::Reads, Who::Namespace(_)) => continue,
        };
        let who = match who {
            Who::All(words) => words.to_owned(),
            Who::Namespace(name) => format!("every service account of {name}"),
        };
        let role = binding.role_ref.as_ref().map(ToString::to_string);
        let message = format!(
            "{who} holds {} {}",
            role.unwrap_or_default(),
            place(&binding.scope)
        );
        found.at_severity(severity, subject_path(bound), message);
    }
}

/// A group that people do not choose to be in.
enum Who {
    All(&'static str),
    Namespace(String),
}

fn who(subject: &Subject) -> Option<Who> {
    let Subject::Group(name) = subject else {
        return None;
    };
    match name.as_str() {
        "system:authenticated" => Some(Who::All("everyone with credentials")),
        "system:serviceaccounts" => Some(Who::All("every service account")),
        name => {
            let namespace = name.strip_prefix("system:serviceaccounts:")?;
            Some(Who::Namespace(namespace.to_owned()))
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Reads,
    Writes,
    Power,
}

/// The most that the binding's roles allow.
fn strength(grants: &Grants, binding: &Binding) -> Strength {
    let of_role = |role: &_| {
        let powers = POWERS
            .iter()
            .filter(|power| power.severity(&binding.scope).is_some());
        if grants.is_everything(*role)
            || powers
                .into_iter()
                .any(|power| grants.held(*role, power).is_some())
        {
            return Strength::Power;
        }
        let rules = &grants.rbac.role(*role).rules;
        let reads = |verb: &String| matches!(verb.as_str(), "get" | "list" | "watch");
        if rules.iter().all(|rule| rule.rule.verbs.iter().all(reads)) {
            Strength::Reads
        } else {
            Strength::Writes
        }
    };
    binding
        .roles
        .iter()
        .map(of_role)
        .max()
        .unwrap_or(Strength::Reads)
}
