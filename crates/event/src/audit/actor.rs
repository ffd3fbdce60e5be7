//! What kind of actor a user name stands for.

use std::borrow::Cow;
use std::fmt;

/// An actor, told by its user name.
///
/// Names that begin with `system:` can only be given out by the cluster itself; what a certificate or
/// an identity provider may call itself is a person until it is known better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor<'e> {
    /// Nobody was authenticated: `system:anonymous`, or no name at all.
    Anonymous,
    /// A kubelet: `system:node:NAME`.
    Node {
        /// The name of the node.
        name: &'e str,
    },
    /// A service account: `system:serviceaccount:NAMESPACE:NAME`.
    ServiceAccount {
        /// Its namespace.
        namespace: &'e str,
        /// Its name.
        name: &'e str,
    },
    /// A part of the control plane, or of the cloud that runs it.
    Component {
        /// The user name.
        name: &'e str,
    },
    /// A person, or a program with a person's kind of credential.
    Human {
        /// The user name.
        name: &'e str,
    },
}

/// Names without the `system:` prefix under which managed control planes call.
const CLOUD_COMPONENTS: [&str; 6] = [
    "aksService",
    "aksProblemDetector",
    "nodeclient",
    "kube-apiserver-kubelet-client",
    "kube-apiserver-healthcheck",
    "apiserver-kubelet-client",
];

impl<'e> Actor<'e> {
    /// The actor of that name; `is_node` says whether it is in `system:nodes`, as kubelets are whose
    /// certificates carry another name.
    pub fn of(username: &'e str, is_node: bool) -> Self {
        if username.is_empty() || username == "system:anonymous" {
            return Actor::Anonymous;
        }
        if let Some(rest) = username.strip_prefix("system:serviceaccount:")
            && let Some((namespace, name)) = rest.split_once(':')
        {
            return Actor::ServiceAccount { namespace, name };
        }
        if let Some(name) = username.strip_prefix("system:node:") {
            return Actor::Node { name };
        }
        if is_node {
            return Actor::Node { name: username };
        }
        let of_the_cluster = ["system:", "eks:", "aks:"]
            .iter()
            .any(|prefix| username.starts_with(prefix));
        if of_the_cluster || CLOUD_COMPONENTS.contains(&username) {
            return Actor::Component { name: username };
        }
        Actor::Human { name: username }
    }

    /// The user name again; a node always by its canonical name.
    pub fn username(&self) -> Cow<'e, str> {
        match *self {
            Actor::Anonymous => Cow::Borrowed("system:anonymous"),
            Actor::Node { name } => Cow::Owned(format!("system:node:{name}")),
            Actor::ServiceAccount { namespace, name } => {
                Cow::Owned(format!("system:serviceaccount:{namespace}:{name}"))
            }
            Actor::Component { name } | Actor::Human { name } => Cow::Borrowed(name),
        }
    }

    /// The kind alone.
    pub fn kind(&self) -> ActorKind {
        match self {
            Actor::Anonymous => ActorKind::Anonymous,
            Actor::Node { .. } => ActorKind::Node,
            Actor::ServiceAccount { .. } => ActorKind::ServiceAccount,
            Actor::Component { .. } => ActorKind::Component,
            Actor::Human { .. } => ActorKind::Human,
        }
    }

    /// True for what the cluster itself runs on: nodes, control plane, and the service accounts of
    /// `kube-system`, as which its controllers call.
    pub fn is_system(&self) -> bool {
        match self {
            Actor::Node { .. } | Actor::Component { .. } => true,
            Actor::ServiceAccount { namespace, .. } => *namespace == "kube-system",
            Actor::Anonymous | Actor::Human { .. } => false,
        }
    }
}

/// For people: `service account shop/cart`, `node worker-1`.
impl fmt::Display for Actor<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Anonymous => out.write_str("anonymous"),
            Actor::Node { name } => write!(out, "node {name}"),
            Actor::ServiceAccount { namespace, name } => {
                write!(out, "service account {namespace}/{name}")
            }
            Actor::Component { name } => write!(out, "component {name}"),
            Actor::Human { name } => write!(out, "user {name}"),
        }
    }
}

/// The kinds of actors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorKind {
    /// People, and programs with a person's kind of credential.
    Human,
    /// Service accounts.
    ServiceAccount,
    /// Kubelets.
    Node,
    /// The control plane.
    Component,
    /// Nobody.
    Anonymous,
}

impl ActorKind {
    /// The kind as a word for output.
    pub fn name(self) -> &'static str {
        match self {
            ActorKind::Human => "human",
            ActorKind::ServiceAccount => "service account",
            ActorKind::Node => "node",
            ActorKind::Component => "component",
            ActorKind::Anonymous => "anonymous",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_what_the_cluster_reserves() {
        for (username, expected) in [
            ("", Actor::Anonymous),
            ("system:anonymous", Actor::Anonymous),
            ("system:node:a", Actor::Node { name: "a" }),
            (
                "system:serviceaccount:shop:cart",
                Actor::ServiceAccount {
                    namespace: "shop",
                    name: "cart",
                },
            ),
            (
                "system:kube-scheduler",
                Actor::Component {
                    name: "system:kube-scheduler",
                },
            ),
            // Not a name that the token authenticator gives: a client with a certificate of that name.
            (
                "system:serviceaccount:shop",
                Actor::Component {
                    name: "system:serviceaccount:shop",
                },
            ),
            (
                "eks:node-manager",
                Actor::Component {
                    name: "eks:node-manager",
                },
            ),
            (
                "kubernetes-admin",
                Actor::Human {
                    name: "kubernetes-admin",
                },
            ),
            (
                "jane@example.com",
                Actor::Human {
                    name: "jane@example.com",
                },
            ),
        ] {
            assert_eq!(Actor::of(username, false), expected, "{username}");
        }
    }

    #[test]
    fn a_kubelet_is_known_by_its_group() {
        assert_eq!(Actor::of("kubelet", true), Actor::Node { name: "kubelet" });
    }

    #[test]
    fn an_actor_gives_its_user_name_back() {
        for username in [
            "system:node:a",
            "system:serviceaccount:a:b",
            "jane",
            "system:apiserver",
        ] {
            assert_eq!(Actor::of(username, false).username(), username);
        }
    }
}
