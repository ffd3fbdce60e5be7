//! What is written but grants nothing, or not what its author meant.

use std::fmt;

use catseye_model::ObjectId;

/// Something in a role or binding that the reader has to know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The object; `None` for one of the bootstrap policy.
    pub object: Option<ObjectId>,
    /// What is the matter.
    pub kind: ProblemKind,
}

/// What is the matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A binding to a role that is not there.
    MissingRole {
        /// The role, in words.
        role: String,
    },
    /// A binding whose `roleRef.kind` is no role, or a cluster-wide one to a Role.
    NotARole {
        /// What it refers to.
        kind: String,
    },
    /// A service account without namespace in a `ClusterRoleBinding`.
    AccountWithoutNamespace {
        /// The subject's place.
        subject: usize,
        /// The account's name.
        name: String,
    },
    /// A subject of a kind that RBAC does not know.
    UnknownSubject {
        /// The subject's place.
        subject: usize,
        /// The kind as written.
        kind: String,
    },
    /// A subject or role under an API group that the API server refuses.
    WrongGroup {
        /// The field.
        field: String,
        /// The group as written.
        group: String,
    },
    /// Non-resource URLs in a Role, which can grant none.
    PathsInARole,
    /// An aggregation rule with a selector that the API server refuses.
    InvalidAggregation(String),
}

impl Problem {
    pub(crate) fn new(object: Option<ObjectId>, kind: ProblemKind) -> Self {
        Problem { object, kind }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProblemKind::MissingRole { role } => {
                write!(f, "roleRef: {role} was not among what was read, so what it grants is not known")
            }
            ProblemKind::NotARole { kind } => write!(
                f,
                "roleRef.kind: {kind:?} cannot be bound here, so this binding grants nothing; write ClusterRole"
            ),
            ProblemKind::AccountWithoutNamespace { subject, name } => write!(
                f,
                "subjects[{subject}].namespace is missing: the API server refuses ServiceAccount {name:?} without it"
            ),
            ProblemKind::UnknownSubject { subject, kind } => write!(
                f,
                "subjects[{subject}].kind: {kind:?} grants nothing; write ServiceAccount, User or Group"
            ),
            ProblemKind::WrongGroup { field, group } => write!(
                f,
                "{field}: the API server refuses {group:?}; read as if it were left out"
            ),
            ProblemKind::PathsInARole => f.write_str(
                "nonResourceURLs in a Role grant nothing; write them in a ClusterRole and bind it cluster-wide",
            ),
            ProblemKind::InvalidAggregation(error) => {
                write!(f, "aggregationRule: {error}")
            }
        }
    }
}
