//! Why a connection passes or not: which policy and which rule decided, at either end.

use crate::decision::resolved;
use crate::policy::{Action, Direction, Policy, PortMatch, Rule, Tier};
use crate::port::Port;
use crate::reach::{ClassId, Endpoint, Reach};

/// Why one port of a connection passes or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The port.
    pub port: Port,
    /// What decides at the source.
    pub egress: Decision,
    /// What decides at the destination.
    pub ingress: Decision,
}

impl Explanation {
    /// True when both ends let the connection through.
    pub fn allowed(&self) -> bool {
        self.egress.allowed() && self.ingress.allowed()
    }
}

/// What decides at one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The end: the source for egress, the destination for ingress.
    pub direction: Direction,
    /// What decides.
    pub reason: Reason,
    /// The rules by which administrators left the decision to the next tier.
    pub passed_by: Vec<RuleRef>,
}

/// What decides at one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The end is no pod of the Inventory: no policy there is known.
    Outside,
    /// The pod is in the node's network, where policies do not select it.
    OnHost,
    /// No policy that speaks of this direction selects the pod: Kubernetes allows.
    Unselected,
    /// Policies of administrators select the pod, none of their rules matches and no `NetworkPolicy`
    /// selects it: Kubernetes allows.
    Unmatched,
    /// These rules allow it: the first that matches, or every one of `NetworkPolicies`.
    Allowed(Vec<RuleRef>),
    /// This rule stops it.
    Denied(RuleRef),
    /// `NetworkPolicies` select the pod, and none of their rules matches.
    NotAllowed(Vec<Refusal>),
}

/// A rule, by its policy's place among [`Reach::policies`] and its own in the direction's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleRef {
    /// The policy.
    pub policy: usize,
    /// The rule.
    pub rule: usize,
}

/// Why a `NetworkPolicy` does not allow a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The policy, by its place.
    pub policy: usize,
    /// Its rules that speak of the other end, but of other ports.
    pub other_ports: Vec<usize>,
    /// True without any rule for the direction.
    pub without_rules: bool,
}

impl Decision {
    /// True when this end lets the connection through.
    pub fn allowed(&self) -> bool {
        !matches!(self.reason, Reason::Denied(_) | Reason::NotAllowed(_))
    }
}

impl Reach {
    /// Why the source can reach the destination on a port, or why not.
    pub fn explain(&self, source: Endpoint, destination: Endpoint, port: Port) -> Explanation {
        Explanation {
            port,
            egress: self.decision(Direction::Egress, source, destination, port),
            ingress: self.decision(Direction::Ingress, destination, source, port),
        }
    }

    fn decision(
        &self,
        direction: Direction,
        end: Endpoint,
        other: Endpoint,
        port: Port,
    ) -> Decision {
        let mut decision = Decision {
            direction,
            reason: Reason::Outside,
            passed_by: Vec::new(),
        };
        let Endpoint::Class(class) = end else {
            return decision;
        };
        if self.is_on_host(class) {
            decision.reason = Reason::OnHost;
            return decision;
        }
        let question = Question {
            reach: self,
            direction,
            class,
            other,
            port,
        };
        let selecting = &self.decisions(direction).selecting[class.0 as usize];
        let selecting: Vec<(usize, &Policy)> = selecting
            .iter()
            .map(|number| (*number as usize, &self.policies()[*number as usize]))
            .collect();
        if selecting.is_empty() {
            decision.reason = Reason::Unselected;
            return decision;
        }
        let of_tier = |tier: Tier| {
            selecting
                .iter()
                .filter(move |(_, policy)| policy.tier == tier)
        };
        if let Some(reason) = question.first_match(of_tier(Tier::Admin), &mut decision.passed_by) {
            decision.reason = reason;
            return decision;
        }
        decision.reason = if of_tier(Tier::Namespace).next().is_some() {
            question.any_match(of_tier(Tier::Namespace))
        } else {
            question
                .first_match(of_tier(Tier::Baseline), &mut decision.passed_by)
                .unwrap_or(Reason::Unmatched)
        };
        decision
    }
}

/// One end, and what it is asked about.
struct Question<'a> {
    reach: &'a Reach,
    direction: Direction,
    class: ClassId,
    other: Endpoint,
    port: Port,
}

impl<'a> Question<'a> {
    fn first_match(
        &self,
        policies: impl Iterator<Item = &'a (usize, &'a Policy)>,
        passed_by: &mut Vec<RuleRef>,
    ) -> Option<Reason> {
        for (number, policy) in policies {
            for (index, rule) in self.rules(policy).iter().enumerate() {
                if !self.speaks_of_peer(rule) || !self.speaks_of_port(rule) {
                    continue;
                }
                let rule_ref = RuleRef {
                    policy: *number,
                    rule: index,
                };
                match rule.action {
                    Action::Allow => return Some(Reason::Allowed(vec![rule_ref])),
                    Action::Deny => return Some(Reason::Denied(rule_ref)),
                    Action::Pass => {
                        passed_by.push(rule_ref);
                        return None;
                    }
                }
            }
        }
        None
    }

    fn any_match(&self, policies: impl Iterator<Item = &'a (usize, &'a Policy)>) -> Reason {
        let mut allowing = Vec::new();
        let mut refusals = Vec::new();
        for (number, policy) in policies {
            let rules = self.rules(policy);
            let mut other_ports = Vec::new();
            for (index, rule) in rules.iter().enumerate() {
                if !self.speaks_of_peer(rule) {
                    continue;
                }
                if self.speaks_of_port(rule) {
                    allowing.push(RuleRef {
                        policy: *number,
                        rule: index,
                    });
                } else {
                    other_ports.push(index);
                }
            }
            refusals.push(Refusal {
                policy: *number,
                other_ports,
                without_rules: rules.is_empty(),
            });
        }
        if allowing.is_empty() {
            Reason::NotAllowed(refusals)
        } else {
            Reason::Allowed(allowing)
        }
    }

    fn rules(&self, policy: &'a Policy) -> &'a [Rule] {
        policy.rules(self.direction).unwrap_or_default()
    }

    fn speaks_of_peer(&self, rule: &Rule) -> bool {
        let peer = self.reach.peer(self.other);
        let peers = self.reach.peer_table();
        rule.peers
            .as_ref()
            .is_none_or(|named| named.iter().any(|one| peers.one(one).contains(peer)))
    }

    fn speaks_of_port(&self, rule: &Rule) -> bool {
        let Some(ports) = &rule.ports else {
            return true;
        };
        ports.iter().any(|port| match port {
            PortMatch::Numbers(set) => set.contains(self.port),
            PortMatch::Named(name, protocol) => {
                let Some(class) = self.destination_pod() else {
                    return false;
                };
                resolved(self.reach.class_table(), class, &[(name, *protocol)]).contains(self.port)
            }
        })
    }

    /// The destination's class, where names of ports have a meaning.
    fn destination_pod(&self) -> Option<u32> {
        match (self.direction, self.other) {
            (Direction::Ingress, _) => Some(self.class.0),
            (Direction::Egress, Endpoint::Class(class)) if !self.reach.is_on_host(class) => {
                Some(class.0)
            }
            (Direction::Egress, _) => None,
        }
    }
}
