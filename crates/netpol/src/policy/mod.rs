//! Policies of every kind, read once into one shape.
//!
//! ```text
//!  AdminNetworkPolicy ───────────┐
//!  ClusterNetworkPolicy (Admin) ─┴► Tier::Admin      ordered rules, first match decides or passes on
//!  NetworkPolicy ─────────────────► Tier::Namespace  allowed is what any rule of any policy allows
//!  ClusterNetworkPolicy (Base…) ─┬► Tier::Baseline   ordered rules, first match decides
//!  BaselineAdminNetworkPolicy ───┘
//! ```
//!
//! A policy that the API server would refuse is no policy: it is left out and told of.

mod admin;
mod cluster;
mod network;
mod reading;

use std::fmt;

use catseye_model::{FieldPath, Inventory, Kind, ObjectId, Selector};

use crate::address::AddressSet;
use crate::port::{PortSet, Protocol};

/// Where in the order of decisions a policy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Decides before the owners of namespaces do.
    Admin,
    /// `NetworkPolicy`: what the owners of namespaces decide.
    Namespace,
    /// Decides where no `NetworkPolicy` selects the pod.
    Baseline,
}

/// Which way a connection goes, seen from the pod that a policy selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// The name of the direction, which is also the field with its rules: `ingress`.
    pub fn field(self) -> &'static str {
        match self {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.field())
    }
}

/// What a rule does with what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Stops it.
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The object.
    pub object: ObjectId,
    /// Where it stands in the order of decisions.
    pub tier: Tier,
    /// Lower decides first, in the two tiers of administrators.
    pub priority: i64,
    /// The pods whose connections it decides.
    pub subject: Pods,
    /// The rules for what comes in; `None` where the policy does not speak of that.
    pub ingress: Option<Vec<Rule>>,
    /// The rules for what goes out; `None` where the policy does not speak of that.
    pub egress: Option<Vec<Rule>>,
}

impl Policy {
    /// The rules of a direction; `None` where the policy does not speak of it.
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }
}

/// One rule of a policy.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name; rules of a `NetworkPolicy` have none.
    pub name: Option<String>,
    /// Its place in the list of its direction.
    pub index: usize,
    /// What it does; rules of a `NetworkPolicy` allow.
    pub action: Action,
    /// Whom it speaks of; `None` is everybody.
    pub peers: Option<Vec<Peer>>,
    /// The ports that it speaks of; `None` is all.
    pub ports: Option<Vec<PortMatch>>,
}

/// Whom a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Peer {
    /// Pods by labels.
    Pods(Pods),
    /// Addresses outside the cluster (`ipBlock`).
    Block(AddressSet),
    /// Addresses wherever they are (`networks` of an administrator's policy): pods' addresses too.
    Networks(AddressSet),
    /// Nodes by labels.
    Nodes(Selector),
    /// Names of hosts: which addresses they have is not known from objects.
    Domains(Vec<String>),
}

/// Pods by the labels of their namespaces and their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pods {
    /// Their namespaces.
    pub namespaces: Namespaces,
    /// Their own labels.
    pub labels: Selector,
}

/// Namespaces by name or by labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Namespaces {
    /// The one of that name.
    Named(String),
    /// All whose labels match.
    Labelled(Selector),
}

/// The ports that a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PortMatch {
    /// By number.
    Numbers(PortSet),
    /// By the name that the destination's container gives them; of that protocol, or of any.
    Named(String, Option<Protocol>),
}

/// A policy that is not taken into account, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The policy.
    pub object: ObjectId,
    /// The field at fault.
    pub path: FieldPath,
    /// What is wrong, and what happens because of it.
    pub reason: String,
}

/// Every policy of an Inventory in the order of decision, and what could not be read.
pub(crate) fn all(inventory: &Inventory) -> (Vec<Policy>, Vec<Unread>) {
    type Read = fn(ObjectId, &catseye_model::Object, &mut Vec<Unread>) -> reading::Result<Policy>;
    let readers: [(Kind, Read); 4] = [
        (Kind::NetworkPolicy, network::read),
        (Kind::AdminNetworkPolicy, admin::read),
        (Kind::BaselineAdminNetworkPolicy, admin::read),
        (Kind::ClusterNetworkPolicy, cluster::read),
    ];
    let mut policies = Vec::new();
    let mut unread = Vec::new();
    for (kind, read) in readers {
        for (id, object) in inventory.of_kind(kind) {
            match read(id, object, &mut unread) {
                Ok(policy) => policies.push(policy),
                Err(fault) => unread.push(fault.of(id)),
            }
        }
    }
    // Of equal priorities any may win; the order by name makes the answer the same each time.
    policies.sort_by_key(|policy| {
        let object = inventory.object(policy.object);
        let named = (object.namespace().to_owned(), object.name().to_owned());
        (policy.tier, policy.priority, named, policy.object)
    });
    unread.sort_by_key(|unread| unread.object);
    (policies, unread)
}
