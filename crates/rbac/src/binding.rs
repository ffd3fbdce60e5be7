//! Bindings: which subjects hold which role, and where.

use std::fmt;

use catseye_model::Value;
use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectId};

use crate::bootstrap;
use crate::problem::{Problem, ProblemKind};
use crate::role::{RoleId, RoleKind, RoleNames};
use crate::subject::{Scope, Subject};

/// A binding's place among those of an [`Rbac`](crate::Rbac).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub(crate) u32);

/// The API group of roles, users and groups.
const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// The role that a binding names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleRef {
    /// The kind.
    pub kind: RoleKind,
    /// The name.
    pub name: String,
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

/// A subject of a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundSubject {
    /// Who.
    pub subject: Subject,
    /// Its place in `subjects`.
    pub index: usize,
    /// The bootstrap policy, or kubeadm, binds it so in every cluster.
    pub is_default: bool,
}

/// A `RoleBinding` or `ClusterRoleBinding`.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The object; `None` for a binding of the bootstrap policy that the Inventory does not hold.
    pub object: Option<ObjectId>,
    /// Its name.
    pub name: String,
    /// Where it counts: its namespace, or the cluster.
    pub scope: Scope,
    /// Whom it names.
    pub subjects: Vec<BoundSubject>,
    /// The role that it names; `None` where it names none.
    pub role_ref: Option<RoleRef>,
    /// The roles of that name: none where it is missing, several where a folder holds variants.
    pub roles: Vec<RoleId>,
}

impl Binding {
    /// `RoleBinding` or `ClusterRoleBinding`.
    pub fn kind(&self) -> &'static str {
        match self.scope {
            Scope::Cluster => "ClusterRoleBinding",
            Scope::Namespace(_) => "RoleBinding",
        }
    }

    /// True when it names the subject, and not because every cluster does.
    pub fn is_made_by_people(&self, subject: &Subject) -> bool {
        self.subjects
            .iter()
            .any(|bound| bound.subject == *subject && !bound.is_default)
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::Cluster => write!(f, "ClusterRoleBinding {}", self.name),
            Scope::Namespace(namespace) => write!(f, "RoleBinding {namespace}/{}", self.name),
        }
    }
}

/// All bindings: those of the Inventory, then those of the bootstrap policy that it lacks.
pub(crate) fn read_all(
    inventory: &Inventory,
    bootstrap: &[Object],
    roles: &RoleNames,
    problems: &mut Vec<Problem>,
) -> Vec<Binding> {
    let held = inventory
        .objects()
        .map(|(id, object)| (Some(id), object))
        .filter(|(_, object)| is_binding(object));
    let absent = bootstrap.iter().filter(|object| {
        is_binding(object)
            && inventory
                .find(object.kind(), object.namespace(), object.name())
                .is_none()
    });
    held.chain(absent.map(|object| (None, object)))
        .map(|(id, object)| read(id, object, roles, problems))
        .collect()
}

fn is_binding(object: &Object) -> bool {
    matches!(object.kind(), Kind::RoleBinding | Kind::ClusterRoleBinding)
}

fn read(
    id: Option<ObjectId>,
    object: &Object,
    roles: &RoleNames,
    problems: &mut Vec<Problem>,
) -> Binding {
    let mut report = |kind| problems.push(Problem::new(id, kind));
    let scope = if object.kind() == Kind::ClusterRoleBinding {
        Scope::Cluster
    } else {
        Scope::namespace(object.namespace())
    };
    let mut subjects = Vec::new();
    for (index, subject) in object.value().list("subjects").iter().enumerate() {
        match read_subject(index, subject, &scope, &mut report) {
            Ok(subject) => subjects.push(BoundSubject {
                index,
                is_default: id.is_none() || bootstrap::is_default_binding(object, &subject),
                subject,
            }),
            Err(problem) => report(problem),
        }
    }
    let role_ref = read_role_ref(object.value(), &scope, &mut report);
    let roles = role_ref
        .as_ref()
        .and_then(|role| {
            let namespace = match role.kind {
                RoleKind::Role => object.namespace(),
                RoleKind::ClusterRole => "",
            };
            roles.get(&(role.kind, namespace.to_owned(), role.name.clone()))
        })
        .cloned()
        .unwrap_or_default();
    if let (Some(role), true) = (&role_ref, roles.is_empty()) {
        report(ProblemKind::MissingRole {
            role: role.to_string(),
        });
    }
    Binding {
        object: id,
        name: object.name().to_owned(),
        scope,
        subjects,
        role_ref,
        roles,
    }
}

fn read_role_ref(
    binding: &Value,
    scope: &Scope,
    report: &mut impl FnMut(ProblemKind),
) -> Option<RoleRef> {
    let reference = binding.at("roleRef");
    let group = reference.text("apiGroup").unwrap_or_default();
    if !group.is_empty() && group != RBAC_GROUP {
        report(ProblemKind::WrongGroup {
            field: "roleRef.apiGroup".to_owned(),
            group: group.to_owned(),
        });
    }
    let kind = match (reference.text("kind"), scope) {
        (Some("ClusterRole"), _) => RoleKind::ClusterRole,
        (Some("Role"), Scope::Namespace(_)) => RoleKind::Role,
        (kind, _) => {
            report(ProblemKind::NotARole {
                kind: kind.unwrap_or_default().to_owned(),
            });
            return None;
        }
    };
    Some(RoleRef {
        kind,
        name: reference.text("name").unwrap_or_default().to_owned(),
    })
}

/// Reads one subject. A service account of a `RoleBinding` without a namespace is one of the
/// binding's namespace: the API server takes it, and its authorizer reads it so. A `ClusterRoleBinding`
/// has no namespace to lend.
fn read_subject(
    index: usize,
    subject: &Value,
    scope: &Scope,
    report: &mut impl FnMut(ProblemKind),
) -> Result<Subject, ProblemKind> {
    let kind = subject.text("kind").unwrap_or_default();
    let name = subject.text("name").unwrap_or_default();
    let group = subject.text("apiGroup").unwrap_or_default();
    let served = if kind == "ServiceAccount" {
        ""
    } else {
        RBAC_GROUP
    };
    if matches!(kind, "ServiceAccount" | "User" | "Group") && !group.is_empty() && group != served {
        report(ProblemKind::WrongGroup {
            field: format!("subjects[{index}].apiGroup"),
            group: group.to_owned(),
        });
    }
    match kind {
        "User" => Ok(Subject::user(name)),
        "Group" => Ok(Subject::group(name)),
        "ServiceAccount" => {
            let namespace = subject
                .text("namespace")
                .filter(|namespace| !namespace.is_empty())
                .or(scope.namespace_name())
                .ok_or_else(|| ProblemKind::AccountWithoutNamespace {
                    subject: index,
                    name: name.to_owned(),
                })?;
            Ok(Subject::service_account(namespace, name))
        }
        _ => Err(ProblemKind::UnknownSubject {
            subject: index,
            kind: kind.to_owned(),
        }),
    }
}
