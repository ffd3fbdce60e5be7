//! Whom bindings name, and where a binding counts.

use std::fmt;
use std::sync::Arc;

/// What the user name of a service account begins with.
const SERVICE_ACCOUNT_PREFIX: &str = "system:serviceaccount:";

/// A subject's place among those of an [`Rbac`](crate::Rbac).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub(crate) u32);

/// A subject of bindings. Authorization knows users and groups only: a service account is the user of
/// its name, so that a binding to `User system:serviceaccount:shop:web` names it too, and equal
/// subjects compare equal however they were written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Any other user.
    User(String),
    /// A group.
    Group(String),
}

impl Subject {
    /// The subject of a user name, which may be that of a service account.
    pub fn user(name: &str) -> Self {
        let parts = name
            .strip_prefix(SERVICE_ACCOUNT_PREFIX)
            .and_then(|rest| rest.split_once(':'));
        match parts {
            Some((namespace, account))
                if !namespace.is_empty() && !account.is_empty() && !account.contains(':') =>
            {
                Subject::ServiceAccount {
                    namespace: namespace.to_owned(),
                    name: account.to_owned(),
                }
            }
            _ => Subject::User(name.to_owned()),
        }
    }

    /// The subject of a service account; names that no service account can have make a user of it.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Subject::user(&format!("{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}"))
    }

    /// The subject of a group.
    pub fn group(name: &str) -> Self {
        Subject::Group(name.to_owned())
    }

    /// The user name that it asks with; the name of the group for a group.
    pub fn user_name(&self) -> String {
        match self {
            Subject::ServiceAccount { namespace, name } => {
                format!("{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}")
            }
            Subject::User(name) | Subject::Group(name) => name.clone(),
        }
    }

    /// The kind as bindings write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Subject::ServiceAccount { .. } => "ServiceAccount",
            Subject::User(_) => "User",
            Subject::Group(_) => "Group",
        }
    }

    /// A user or group of Kubernetes' own, such as `system:kube-scheduler`: people cannot choose these
    /// names in their identity provider by accident.
    pub fn is_system(&self) -> bool {
        match self {
            Subject::ServiceAccount { .. } => false,
            Subject::User(name) | Subject::Group(name) => name.starts_with("system:"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::ServiceAccount { namespace, name } => {
                write!(f, "ServiceAccount {namespace}/{name}")
            }
            Subject::User(name) => write!(f, "User {name}"),
            Subject::Group(name) => write!(f, "Group {name}"),
        }
    }
}

/// Where a grant counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In the whole cluster: every namespace, cluster-scoped objects and non-resource URLs.
    Cluster,
    /// For requests in one namespace.
    Namespace(Arc<str>),
}

impl Scope {
    /// The scope of a namespace.
    pub fn namespace(name: &str) -> Self {
        Scope::Namespace(name.into())
    }

    /// The namespace; `None` for the cluster.
    pub fn namespace_name(&self) -> Option<&str> {
        match self {
            Scope::Cluster => None,
            Scope::Namespace(name) => Some(name),
        }
    }

    /// True when what counts in `self` counts in `other` too.
    pub fn covers(&self, other: &Scope) -> bool {
        *self == Scope::Cluster || self == other
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Cluster => f.write_str("cluster-wide"),
            Scope::Namespace(name) => write!(f, "in namespace {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_the_user_of_its_name() {
        let web = Subject::service_account("shop", "web");
        assert_eq!(Subject::user("system:serviceaccount:shop:web"), web);
        assert_eq!(Subject::user(&web.user_name()), web);
        for name in [
            "ann",
            "system:serviceaccount:shop",
            "system:serviceaccount::web",
            "system:serviceaccount:shop:",
            "system:serviceaccount:shop:web:x",
        ] {
            assert_eq!(Subject::user(name), Subject::User(name.to_owned()));
        }
    }

    #[test]
    fn impossible_account_names_are_compared_as_the_api_server_compares_them() {
        assert_eq!(
            Subject::service_account("a:b", "c"),
            Subject::service_account("a", "b:c"),
        );
    }
}
