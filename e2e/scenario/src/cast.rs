//! Who is in the story: people with client certificates, robots with service-account tokens, and what an
//! attacker got hold of.

use http::Method;
use serde_json::Value;

use crate::call::{Call, Payload};

/// What a caller proves who it is with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// A client certificate.
    Person {
        /// The user's name.
        name: String,
        /// The groups in the certificate.
        groups: Vec<String>,
    },
    /// A service account's token, bound to a running pod of `pod` when there is one.
    Robot {
        /// The namespace of the account.
        namespace: String,
        /// Its name.
        account: String,
        /// The `app.kubernetes.io/name` of the pods that hold the token.
        pod: Option<String>,
    },
    /// A token that an earlier call kept under this name.
    Token(String),
    /// A certificate that an earlier call kept under this name, with the key made for it.
    Certificate(String),
}

/// Who calls, with which program and from which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What it proves who it is with.
    pub identity: Identity,
    /// The `User-Agent`.
    pub agent: String,
    /// The address that the API server hears of; empty for processes on its own machine.
    pub address: String,
    /// The user that it acts as, and that user's groups.
    pub acts_as: Option<(String, Vec<String>)>,
}

impl Actor {
    /// The same identity used with another program.
    #[must_use]
    pub fn with_agent(&self, agent: &str) -> Self {
        Self {
            agent: agent.to_owned(),
            ..self.clone()
        }
    }

    /// The same identity used from elsewhere.
    #[must_use]
    pub fn from(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self.clone()
        }
    }

    /// The same identity acting as another.
    #[must_use]
    pub fn acting_as(&self, user: &str, groups: &[&str]) -> Self {
        Self {
            acts_as: Some((
                user.to_owned(),
                groups.iter().map(|&group| group.to_owned()).collect(),
            )),
            ..self.clone()
        }
    }

    /// The name that the plan knows the actor by, and under which its acts queue.
    pub fn name(&self) -> String {
        match &self.identity {
            Identity::Person { name, .. } => name.clone(),
            Identity::Robot {
                namespace, account, ..
            } => format!("system:serviceaccount:{namespace}:{account}"),
            Identity::Token(name) | Identity::Certificate(name) => format!("holder of {name}"),
        }
    }

    /// Reads or lists.
    pub fn get(&self, path: impl Into<String>) -> Call {
        Call::new(self, Method::GET, path, Payload::Nothing)
    }

    /// Deletes.
    pub fn delete(&self, path: impl Into<String>) -> Call {
        Call::new(self, Method::DELETE, path, Payload::Nothing)
    }

    /// Creates.
    pub fn post(&self, path: impl Into<String>, object: Value) -> Call {
        Call::new(self, Method::POST, path, Payload::Json(object))
    }

    /// Patches by JSON merge.
    pub fn merge(&self, path: impl Into<String>, change: Value) -> Call {
        Call::new(self, Method::PATCH, path, Payload::Merge(change))
    }

    /// Patches by strategic merge.
    pub fn strategic(&self, path: impl Into<String>, change: Value) -> Call {
        Call::new(self, Method::PATCH, path, Payload::Strategic(change))
    }

    /// Patches by JSON patch.
    pub fn json_patch(&self, path: impl Into<String>, change: Value) -> Call {
        Call::new(self, Method::PATCH, path, Payload::JsonPatch(change))
    }

    /// Replaces the object by itself with `change` merged in.
    pub fn rewrite(&self, path: impl Into<String>, change: Value) -> Call {
        Call::new(self, Method::PUT, path, Payload::Rewrite(change))
    }

    /// Opens a stream: exec, attach, port-forward.
    pub fn stream(&self, path: impl Into<String>) -> Call {
        Call::new(self, Method::GET, path, Payload::Stream)
    }
}

const MAC: &str = "kubectl/v1.36.1 (darwin/arm64) kubernetes/697807e";
const LINUX: &str = "kubectl/v1.36.3 (linux/amd64) kubernetes/25dbd9c";
const OLDER: &str = "kubectl/v1.35.4 (linux/amd64) kubernetes/9a1c4e7";

/// The site-reliability engineers.
pub const SRE: [&str; 4] = ["maya", "jonas", "priya", "tomas"];
/// The developers of both teams.
pub const DEVELOPERS: [&str; 6] = ["lena", "omar", "chloe", "ravi", "ida", "felix"];

/// A person by first name.
///
/// Everybody sits in the office's or the VPN's address range; a person keeps one address.
pub fn person(name: &str) -> Actor {
    let (groups, agent, address): (&[&str], _, _) = match name {
        "maya" => (&["sre"], MAC, "10.80.1.11"),
        "jonas" => (&["sre"], LINUX, "10.80.1.12"),
        "priya" => (&["sre"], MAC, "10.80.1.13"),
        "tomas" => (&["sre"], OLDER, "10.80.9.14"),
        "lena" => (
            &["developers", "storefront", "storefront-leads"],
            MAC,
            "10.80.2.21",
        ),
        "omar" => (&["developers", "storefront"], LINUX, "10.80.2.22"),
        "chloe" => (&["developers", "storefront"], MAC, "10.80.2.23"),
        "ravi" => (
            &["developers", "payments-team", "payments-leads"],
            MAC,
            "10.80.3.31",
        ),
        "ida" => (&["developers", "payments-team"], OLDER, "10.80.3.32"),
        "felix" => (&["developers", "payments-team"], LINUX, "10.80.9.33"),
        _ => (&["auditors"], LINUX, "10.80.4.41"),
    };
    Actor {
        identity: Identity::Person {
            name: name.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        },
        agent: agent.to_owned(),
        address: address.to_owned(),
        acts_as: None,
    }
}

/// A controller that runs in a pod of the same name and calls from that pod's address.
pub fn robot(namespace: &str, account: &str, agent: &str) -> Actor {
    Actor {
        identity: Identity::Robot {
            namespace: namespace.to_owned(),
            account: account.to_owned(),
            pod: Some(account.to_owned()),
        },
        agent: agent.to_owned(),
        address: format!("{{ip:{namespace}/{account}}}"),
        acts_as: None,
    }
}

/// Continuous delivery.
pub fn argocd() -> Actor {
    robot(
        "argocd",
        "argocd-application-controller",
        "argocd-application-controller/v3.2.1",
    )
}

/// A controller of kube-controller-manager whose clock cannot be compressed, played with its own account.
pub fn built_in_controller(name: &str) -> Actor {
    Actor {
        identity: Identity::Robot {
            namespace: "kube-system".to_owned(),
            account: name.to_owned(),
            pod: None,
        },
        agent: format!(
            "kube-controller-manager/v1.36.3 (linux/amd64) kubernetes/25dbd9c/system:serviceaccount:kube-system:{name}"
        ),
        address: String::new(),
        acts_as: None,
    }
}

/// Whoever holds a token that an earlier call kept as `name`.
pub fn token_holder(name: &str, agent: &str, address: &str) -> Actor {
    Actor {
        identity: Identity::Token(name.to_owned()),
        agent: agent.to_owned(),
        address: address.to_owned(),
        acts_as: None,
    }
}

/// Whoever holds a certificate that an earlier call kept as `name`.
pub fn certificate_holder(name: &str, agent: &str, address: &str) -> Actor {
    Actor {
        identity: Identity::Certificate(name.to_owned()),
        ..token_holder(name, agent, address)
    }
}
