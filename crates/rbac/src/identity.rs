//! Who asks: a user name and its groups, as authentication leaves them to authorization.

use crate::subject::Subject;

/// The group that every authenticated request belongs to.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";
/// The group of requests without credentials.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The group that no authorizer refuses.
pub(crate) const MASTERS: &str = "system:masters";
/// The group of kubelets.
pub(crate) const NODES: &str = "system:nodes";
/// The group of all service accounts.
const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";
/// What the user name of a kubelet begins with.
pub(crate) const NODE_PREFIX: &str = "system:node:";

/// A user name and its groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    user: String,
    groups: Vec<String>,
}

impl Identity {
    /// A person or a client certificate: the user, the groups, and `system:authenticated`.
    pub fn user<G: Into<String>>(
        name: impl Into<String>,
        groups: impl IntoIterator<Item = G>,
    ) -> Self {
        let groups = groups.into_iter().map(Into::into);
        Identity::raw(name, groups.chain([AUTHENTICATED.to_owned()]))
    }

    /// A service account, with the groups that its tokens carry.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Identity::raw(
            Subject::service_account(namespace, name).user_name(),
            [
                SERVICE_ACCOUNTS.to_owned(),
                format!("{SERVICE_ACCOUNTS}:{namespace}"),
                AUTHENTICATED.to_owned(),
            ],
        )
    }

    /// Whoever sends no credentials.
    pub fn anonymous() -> Self {
        Identity::raw("system:anonymous", [UNAUTHENTICATED])
    }

    /// The kubelet of a node.
    pub fn node(name: &str) -> Self {
        Identity::user(format!("{NODE_PREFIX}{name}"), [NODES])
    }

    /// Some member of a group who is in no other, with no user name that a binding could name.
    pub fn member_of(group: &str) -> Self {
        if group == UNAUTHENTICATED {
            return Identity::raw(String::new(), [group]);
        }
        Identity::user(String::new(), [group])
    }

    /// The identity as which a subject of bindings asks.
    pub fn of(subject: &Subject) -> Self {
        match subject {
            Subject::ServiceAccount { namespace, name } => {
                Identity::service_account(namespace, name)
            }
            Subject::Group(name) => Identity::member_of(name),
            Subject::User(name) if name == "system:anonymous" => Identity::anonymous(),
            Subject::User(name) => match name.strip_prefix(NODE_PREFIX) {
                Some(node) if !node.is_empty() => Identity::node(node),
                _ => Identity::user(name.as_str(), None::<String>),
            },
        }
    }

    /// Exactly this user and these groups, with nothing added.
    pub fn raw<G: Into<String>>(
        user: impl Into<String>,
        groups: impl IntoIterator<Item = G>,
    ) -> Self {
        let mut identity = Identity {
            user: user.into(),
            groups: Vec::new(),
        };
        for group in groups {
            let group = group.into();
            if !identity.groups.contains(&group) {
                identity.groups.push(group);
            }
        }
        identity
    }

    /// The user name.
    pub fn user_name(&self) -> &str {
        &self.user
    }

    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str)
    }

    /// True with this group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|held| held == group)
    }

    /// The node whose kubelet this is: the user name says so, and the group.
    pub fn node_name(&self) -> Option<&str> {
        let name = self.user.strip_prefix(NODE_PREFIX)?;
        (!name.is_empty() && self.is_in(NODES)).then_some(name)
    }

    /// The subjects of bindings that stand for this identity: the user, then its groups.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> {
        let user = (!self.user.is_empty()).then(|| Subject::user(&self.user));
        user.into_iter()
            .chain(self.groups.iter().cloned().map(Subject::Group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_carry_the_groups_that_authentication_gives() {
        let groups = |identity: &Identity| identity.groups().collect::<Vec<_>>().join(" ");
        for (identity, user, expected) in [
            (
                Identity::service_account("shop", "web"),
                "system:serviceaccount:shop:web",
                "system:serviceaccounts system:serviceaccounts:shop system:authenticated",
            ),
            (
                Identity::user("ann", ["dev", "dev"]),
                "ann",
                "dev system:authenticated",
            ),
            (
                Identity::anonymous(),
                "system:anonymous",
                "system:unauthenticated",
            ),
            (
                Identity::node("n1"),
                "system:node:n1",
                "system:nodes system:authenticated",
            ),
            (Identity::member_of("dev"), "", "dev system:authenticated"),
            (
                Identity::member_of("system:unauthenticated"),
                "",
                "system:unauthenticated",
            ),
        ] {
            assert_eq!(identity.user_name(), user);
            assert_eq!(groups(&identity), expected, "{user}");
        }
    }

    #[test]
    fn only_members_of_the_nodes_group_are_nodes() {
        assert_eq!(Identity::node("n1").node_name(), Some("n1"));
        for identity in [
            Identity::user("system:node:n1", None::<String>),
            Identity::user("system:node:", [NODES]),
            Identity::user("n1", [NODES]),
        ] {
            assert_eq!(identity.node_name(), None, "{identity:?}");
        }
    }
}
