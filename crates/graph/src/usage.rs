//! Whether an arc was seen in use: the facts of a log held against the rights that carry the arcs.
//!
//! - A binding was used when the subject made a call that the role permits in the binding's scope.
//! - A rule was used, for a kind of edge, when a holder of the role made a call that the kind asks for
//!   and the rule permits.
//! - A mounted token was used when its account made any call.
//! - An open port was used when a flow to the workload was seen.
//!
//! Of everything else (a hostPath, a capability) no log of calls or flows tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use catseye_rbac::Request;

use crate::ask::Ask;
use crate::authority::Permissions;
use crate::build::Evidence;
use crate::graph::Graph;
use crate::node::{Node, Scope};
use crate::path::Step;
use crate::used::{Call, Seen, Used, is_reading};

/// Whether something was seen in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Usage {
    /// There is no log, or none that could tell.
    #[default]
    Unknown,
    /// The log would show it, and does not.
    NotSeen,
    /// It was.
    Seen(Seen),
}

impl Usage {
    fn of(seen: Option<Seen>) -> Self {
        seen.map_or(Usage::NotSeen, Usage::Seen)
    }

    /// Of a step that takes both.
    fn and(self, other: Usage) -> Usage {
        match (self, other) {
            (Usage::NotSeen, _) | (_, Usage::NotSeen) => Usage::NotSeen,
            (Usage::Unknown, known) | (known, Usage::Unknown) => known,
            (Usage::Seen(a), Usage::Seen(b)) => Usage::Seen(if b.times < a.times { b } else { a }),
        }
    }
}

/// What a log says of the arcs of a graph.
#[derive(Debug, Default)]
pub struct Usages {
    arcs: HashMap<u32, Usage>,
}

impl Usages {
    /// Holds the facts against the arcs.
    pub fn of(graph: &Graph<'_>, used: &Used) -> Self {
        let mut usages = Usages::default();
        if used.tells_calls() {
            let calls = Calls::of(used);
            usages.of_bindings(graph, used, &calls);
            usages.of_rules(graph, used, &calls);
            usages.of_tokens(graph, &calls);
        }
        if used.tells_flows() {
            usages.of_ports(graph, used);
        }
        usages
    }

    /// One arc.
    pub fn arc(&self, arc: u32) -> Usage {
        self.arcs.get(&arc).copied().unwrap_or_default()
    }

    /// A step: all that it takes together.
    pub fn step(&self, step: &Step) -> Usage {
        step.arcs
            .iter()
            .map(|arc| self.arc(*arc))
            .fold(Usage::Unknown, Usage::and)
    }

    /// What a fix takes away: seen when any of it was, not seen only when the log would show all of it.
    pub fn fix(&self, graph: &Graph<'_>, fix: u32) -> Usage {
        let mut whole: Option<Usage> = None;
        for (arc, _) in (0_u32..)
            .zip(graph.topology().arcs())
            .filter(|(_, arc)| arc.fix == fix)
        {
            // What carries nothing by itself says nothing either.
            if graph.kind(arc).is_none() {
                continue;
            }
            whole = Some(match (whole, self.arc(arc)) {
                (None, own) => own,
                (Some(Usage::Seen(a)), Usage::Seen(b)) => {
                    Usage::Seen(if b.times > a.times { b } else { a })
                }
                (Some(Usage::Seen(seen)), _) | (_, Usage::Seen(seen)) => Usage::Seen(seen),
                (Some(Usage::Unknown), _) | (_, Usage::Unknown) => Usage::Unknown,
                (Some(Usage::NotSeen), Usage::NotSeen) => Usage::NotSeen,
            });
        }
        whole.unwrap_or_default()
    }

    fn of_bindings(&mut self, graph: &Graph<'_>, used: &Used, calls: &Calls<'_>) {
        for (number, arc) in (0_u32..).zip(graph.topology().arcs()) {
            let Node::Permissions(permissions) = graph.node(arc.to) else {
                continue;
            };
            if graph
                .kind(number)
                .is_none_or(|kind| kind.id != "HAS_PERMISSION")
            {
                continue;
            }
            let permissions = graph.permissions_of(permissions);
            let seen = calls.made_by(graph.node(arc.from)).filter(|(_, call)| {
                in_scope(permissions, call)
                    && permissions
                        .role
                        .rules
                        .iter()
                        .any(|rule| rule.rule.allows(&call.request))
            });
            let usage = Usage::of(sum(seen.map(|(_, call)| call.seen)));
            let only_reads = permissions
                .role
                .rules
                .iter()
                .all(|rule| rule.rule.verbs.iter().all(|verb| is_reading(verb)));
            self.note(number, usage, only_reads && !used.tells_reads());
        }
    }

    fn of_rules(&mut self, graph: &Graph<'_>, used: &Used, calls: &Calls<'_>) {
        for (node, permissions) in graph.nodes() {
            let Node::Permissions(permissions) = permissions else {
                continue;
            };
            let permissions = graph.permissions_of(permissions);
            // All holders' calls, each once: a user and its group may both be bound.
            let mut held: BTreeMap<usize, &Made<'_>> = BTreeMap::new();
            for (_, arc) in graph.topology().entering(node) {
                let made = calls.made_by(graph.node(arc.from));
                held.extend(made.filter(|(_, call)| in_scope(permissions, call)));
            }
            for (number, _) in graph.topology().leaving(node) {
                let asks = graph.asks(number);
                if asks.is_empty() {
                    continue;
                }
                let Some(rule) = rule_at(graph, permissions, graph.evidence(number)) else {
                    continue;
                };
                let seen = held.values().filter(|call| {
                    asks.iter().any(|ask| asked(ask, call.call)) && rule.allows(&call.request)
                });
                let usage = Usage::of(sum(seen.map(|call| call.seen)));
                let only_reads = asks
                    .iter()
                    .all(|ask| ask.verbs.iter().all(|verb| is_reading(verb)));
                self.note(number, usage, only_reads && !used.tells_reads());
            }
        }
    }

    fn of_tokens(&mut self, graph: &Graph<'_>, calls: &Calls<'_>) {
        for (number, arc) in (0_u32..).zip(graph.topology().arcs()) {
            if graph
                .kind(number)
                .is_some_and(|kind| kind.id == "IDENTITY_ASSUME")
            {
                let seen = calls.made_by(graph.node(arc.to));
                let usage = Usage::of(sum(seen.map(|(_, call)| call.seen)));
                self.arcs.insert(number, usage);
            }
        }
    }

    fn of_ports(&mut self, graph: &Graph<'_>, used: &Used) {
        let mut to: BTreeMap<(&str, &str), Seen> = BTreeMap::new();
        for ((_, (namespace, name)), seen) in used.flows() {
            to.entry((namespace, name))
                .and_modify(|known| *known = known.and(seen))
                .or_insert(seen);
        }
        for (number, arc) in (0_u32..).zip(graph.topology().arcs()) {
            let Node::Listener(workload) = graph.node(arc.to) else {
                continue;
            };
            if graph
                .kind(number)
                .is_some_and(|kind| kind.id == "NET_REACH")
            {
                let object = graph.inventory().object(workload);
                let seen = to.get(&(object.namespace(), object.name())).copied();
                self.arcs.insert(number, Usage::of(seen));
            }
        }
    }

    /// Where the log leaves out what it would take to see it, that nothing is seen means nothing.
    fn note(&mut self, arc: u32, usage: Usage, is_blind: bool) {
        if !(is_blind && usage == Usage::NotSeen) {
            self.arcs.insert(arc, usage);
        }
    }
}

/// A call, ready to be held against rules.
#[derive(Debug)]
struct Made<'u> {
    call: &'u Call,
    request: Request,
    seen: Seen,
}

/// The calls by who made them.
#[derive(Debug)]
struct Calls<'u> {
    all: Vec<Made<'u>>,
    by_user: HashMap<&'u str, Vec<usize>>,
    by_group: HashMap<&'u str, Vec<usize>>,
}

impl<'u> Calls<'u> {
    fn of(used: &'u Used) -> Self {
        let mut calls = Calls {
            all: Vec::new(),
            by_user: HashMap::new(),
            by_group: HashMap::new(),
        };
        for (call, seen) in used.calls() {
            let place = calls.all.len();
            calls.by_user.entry(&call.user).or_default().push(place);
            let mut groups: BTreeSet<&str> = call.groups.iter().map(String::as_str).collect();
            groups.retain(|group| !group.is_empty());
            for group in groups {
                calls.by_group.entry(group).or_default().push(place);
            }
            let request = if call.resource.is_empty() {
                Request::path(&call.verb, &call.path)
            } else {
                Request::resource(&call.verb, &call.group, &call.resource)
                    .named(&call.name)
                    .in_namespace(&call.namespace)
            };
            calls.all.push(Made {
                call,
                request,
                seen,
            });
        }
        calls
    }

    fn made_by(&self, identity: Node<'_>) -> impl Iterator<Item = (usize, &Made<'u>)> {
        let places = match identity {
            Node::User(name) => self.by_user.get(name),
            Node::ServiceAccount(namespace, name) => {
                let user = format!("system:serviceaccount:{namespace}:{name}");
                self.by_user.get(user.as_str())
            }
            Node::Group(name) => self.by_group.get(name),
            _ => None,
        };
        places
            .into_iter()
            .flatten()
            .map(|place| (*place, &self.all[*place]))
    }
}

fn sum(seen: impl Iterator<Item = Seen>) -> Option<Seen> {
    seen.reduce(Seen::and)
}

fn in_scope(permissions: Permissions<'_>, call: &Made<'_>) -> bool {
    match permissions.scope {
        Scope::Cluster => true,
        Scope::Namespace(namespace) => call.call.namespace == namespace,
    }
}

/// True when the call is one of those that the kind asks for.
fn asked(ask: &Ask, call: &Call) -> bool {
    let is = |wanted: &str, own: &str| wanted == "*" || wanted == own;
    is(ask.group, &call.group)
        && ask.verbs.iter().any(|verb| is(verb, &call.verb))
        && ask
            .resources
            .iter()
            .any(|resource| is(resource, &call.resource))
}

/// The rule that shows an arc, among those of the permission set.
fn rule_at<'g>(
    graph: &'g Graph<'_>,
    permissions: Permissions<'g>,
    evidence: Evidence,
) -> Option<&'g catseye_rbac::Rule> {
    let place: usize = graph
        .text(evidence.path)
        .strip_prefix("rules[")?
        .strip_suffix(']')?
        .parse()
        .ok()?;
    permissions
        .role
        .rules
        .iter()
        .find(|rule| {
            let (origin, written) = rule.from;
            written == place && graph.rbac().role(origin).object == evidence.object
        })
        .map(|rule| &*rule.rule)
}
