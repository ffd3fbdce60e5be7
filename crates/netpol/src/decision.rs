//! What policies decide, for one direction and all pods at once.
//!
//! Pods that the same policies select share one *row*: for every peer, the ports that pass. A row is
//! made by folding rules over a partition of all peers, so each rule costs a few set operations
//! however many pods there are:
//!
//! ```text
//!  everybody: {open: all} ─► admin rules in order ─► rules of NetworkPolicies, if any selects the pod
//!                                                    else baseline rules in order, then what is left
//! ```

use std::collections::HashMap;

use crate::bits::Bits;
use crate::class::Classes;
use crate::peer::Peers;
use crate::policy::{Action, Direction, Policy, PortMatch, Rule, Tier};
use crate::port::{PortSet, Protocol};

/// Port sets by number: equal sets have equal numbers.
#[derive(Debug, Default)]
pub(crate) struct PortSets {
    sets: Vec<PortSet>,
    numbers: HashMap<PortSet, u32>,
}

impl PortSets {
    pub(crate) fn number(&mut self, set: &PortSet) -> u32 {
        if let Some(number) = self.numbers.get(set) {
            return *number;
        }
        // Each came from a row, and rows are numbered in 32 bits.
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(set.clone());
        self.numbers.insert(set.clone(), number);
        number
    }

    pub(crate) fn set(&self, number: u32) -> &PortSet {
        &self.sets[number as usize]
    }
}

/// For every peer, the ports that pass. Peers of two groups are never the same; peers of none may
/// use no port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) groups: Vec<(u32, Bits)>,
}

impl Row {
    /// The number of the port set that a peer may use.
    pub(crate) fn ports(&self, peer: u32) -> Option<u32> {
        self.groups
            .iter()
            .find(|(_, peers)| peers.contains(peer))
            .map(|(ports, _)| *ports)
    }
}

/// One direction's decisions.
#[derive(Debug)]
pub(crate) struct Decisions {
    pub(crate) rows: Vec<Row>,
    /// For each class, its row.
    pub(crate) row_of: Vec<u32>,
    /// For each row, its classes.
    pub(crate) members: Vec<Bits>,
    /// For each class, the policies that select it and speak of this direction, in order of decision.
    pub(crate) selecting: Vec<Vec<u32>>,
}

impl Decisions {
    pub(crate) fn of(
        direction: Direction,
        policies: &[Policy],
        peers: &Peers,
        classes: &Classes,
        ports: &mut PortSets,
    ) -> Self {
        let selecting = selecting(direction, policies, classes);
        let mut matched: Vec<Option<Vec<Matched>>> = policies.iter().map(|_| None).collect();
        let names_ports: Vec<bool> = policies
            .iter()
            .map(|policy| names_ports(policy.rules(direction)))
            .collect();
        let mut by_signature = HashMap::new();
        let mut by_row: HashMap<Row, u32> = HashMap::new();
        let mut rows: Vec<Row> = Vec::new();
        let mut row_of = Vec::with_capacity(selecting.len());
        for (class, selecting) in (0_u32..).zip(&selecting) {
            // What a name of a port means depends on the destination: here, the class itself.
            let by_name = direction == Direction::Ingress
                && selecting.iter().any(|policy| names_ports[*policy as usize]);
            let names = by_name.then(|| classes.port_names(class));
            let signature = (selecting.as_slice(), names);
            let row = *by_signature.entry(signature).or_insert_with(|| {
                for policy in selecting {
                    matched[*policy as usize].get_or_insert_with(|| {
                        let rules = policies[*policy as usize].rules(direction);
                        let rules = rules.unwrap_or_default();
                        rules.iter().map(|rule| Matched::of(rule, peers)).collect()
                    });
                }
                let chosen = selecting.iter().map(|policy| {
                    let rules = matched[*policy as usize].as_deref().unwrap_or_default();
                    (policies[*policy as usize].tier, rules)
                });
                let context = Context {
                    direction,
                    class,
                    classes,
                };
                let row = row(&chosen.collect::<Vec<_>>(), peers, &context, ports);
                *by_row.entry(row).or_insert_with_key(|row| {
                    rows.push(row.clone());
                    u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
                })
            });
            row_of.push(row);
        }
        let mut members = vec![Bits::default(); rows.len()];
        for (class, row) in (0_u32..).zip(&row_of) {
            members[*row as usize].push(class);
        }
        Decisions {
            rows,
            row_of,
            members,
            selecting,
        }
    }

    pub(crate) fn row(&self, class: u32) -> &Row {
        &self.rows[self.row_of[class as usize] as usize]
    }
}

/// For each class, the policies that speak of the direction and select it.
fn selecting(direction: Direction, policies: &[Policy], classes: &Classes) -> Vec<Vec<u32>> {
    let mut selecting = vec![Vec::new(); classes.len() as usize];
    for (number, policy) in (0_u32..).zip(policies) {
        if policy.rules(direction).is_some() {
            for class in classes.selected(&policy.subject).iter() {
                selecting[class as usize].push(number);
            }
        }
    }
    selecting
}

fn names_ports(rules: Option<&[Rule]>) -> bool {
    rules
        .unwrap_or_default()
        .iter()
        .flat_map(|rule| rule.ports.iter().flatten())
        .any(|port| matches!(port, PortMatch::Named(..)))
}

/// A rule with its peers found.
#[derive(Debug)]
struct Matched<'a> {
    action: Action,
    peers: Bits,
    /// The ports by number.
    ports: PortSet,
    /// The ports by name.
    named: Vec<(&'a str, Option<Protocol>)>,
}

impl<'a> Matched<'a> {
    fn of(rule: &'a Rule, peers: &Peers) -> Self {
        let mut named = Vec::new();
        let mut ports = PortSet::none();
        for port in rule.ports.iter().flatten() {
            match port {
                PortMatch::Numbers(set) => ports = ports.union(set),
                PortMatch::Named(name, protocol) => named.push((name.as_str(), *protocol)),
            }
        }
        if rule.ports.is_none() {
            ports = PortSet::all();
        }
        Matched {
            action: rule.action,
            peers: peers.matched(rule.peers.as_deref()),
            ports,
            named,
        }
    }
}

/// For whom a row is made.
struct Context<'a> {
    direction: Direction,
    class: u32,
    classes: &'a Classes,
}

impl Context<'_> {
    /// The rule's peers with the ports that the rule matches for them.
    fn ports(&self, rule: &Matched) -> Vec<(PortSet, Bits)> {
        if rule.named.is_empty() {
            return vec![(rule.ports.clone(), rule.peers.clone())];
        }
        if self.direction == Direction::Ingress {
            let ports = rule
                .ports
                .union(&resolved(self.classes, self.class, &rule.named));
            return vec![(ports, rule.peers.clone())];
        }
        // Going out, each destination gives the names its own numbers; addresses give none, and pods
        // in the node's network are addresses.
        let mut groups: Vec<(PortSet, Bits)> = Vec::new();
        let mut nameless = Bits::default();
        for peer in rule.peers.iter() {
            let is_pod = peer < self.classes.len() && self.classes.host(peer).is_none();
            let names = if is_pod {
                resolved(self.classes, peer, &rule.named)
            } else {
                PortSet::none()
            };
            if names.is_none() {
                nameless.push(peer);
                continue;
            }
            let ports = rule.ports.union(&names);
            match groups.iter_mut().find(|(known, _)| *known == ports) {
                Some((_, peers)) => peers.push(peer),
                None => groups.push((ports, [peer].into_iter().collect())),
            }
        }
        groups.push((rule.ports.clone(), nameless));
        groups
    }
}

/// The numbers that a destination gives these names.
pub(crate) fn resolved(
    classes: &Classes,
    class: u32,
    named: &[(&str, Option<Protocol>)],
) -> PortSet {
    named
        .iter()
        .flat_map(|(name, protocol)| classes.ports_named(class, name, *protocol))
        .map(|(protocol, number)| (protocol, number, number))
        .collect()
}

/// How far the decision about some peers has come.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    /// Let through.
    allowed: PortSet,
    /// Not decided yet by the present tier.
    open: PortSet,
    /// Left to the next tier.
    passed: PortSet,
}

/// Peers by how far their decision has come; every peer is in one part.
struct Partition {
    parts: Vec<(State, Bits)>,
}

impl Partition {
    /// Takes a step for some peers.
    fn step(&mut self, peers: &Bits, step: impl Fn(&State) -> State) {
        let mut next: Vec<(State, Bits)> = Vec::with_capacity(self.parts.len() + 1);
        let mut add = |state: State, peers: Bits| {
            if peers.is_empty() {
                return;
            }
            match next.iter_mut().find(|(known, _)| *known == state) {
                Some((_, known)) => *known = known.union(&peers),
                None => next.push((state, peers)),
            }
        };
        for (state, part) in self.parts.drain(..) {
            let moved = part.intersection(peers);
            if moved.is_empty() {
                add(state, part);
                continue;
            }
            let stayed = part.difference(&moved);
            add(step(&state), moved);
            add(state, stayed);
        }
        self.parts = next;
    }

    /// Takes a step for everybody.
    fn step_all(&mut self, step: impl Fn(&State) -> State) {
        let everybody = Bits::union_of(self.parts.iter().map(|(_, peers)| peers.clone()));
        self.step(&everybody, step);
    }
}

fn row(
    chosen: &[(Tier, &[Matched])],
    peers: &Peers,
    context: &Context,
    ports: &mut PortSets,
) -> Row {
    let start = State {
        allowed: PortSet::none(),
        open: PortSet::all(),
        passed: PortSet::none(),
    };
    let mut partition = Partition {
        parts: vec![(start, peers.everybody().clone())],
    };
    let of_tier = |tier: Tier| {
        let policies = chosen.iter().filter(move |(of, _)| *of == tier);
        policies.map(|(_, rules)| *rules)
    };
    in_order(&mut partition, of_tier(Tier::Admin).flatten(), context);
    // What administrators passed on, or did not speak of, is open again.
    partition.step_all(|state| State {
        open: state.open.union(&state.passed),
        passed: PortSet::none(),
        ..state.clone()
    });
    if of_tier(Tier::Namespace).next().is_some() {
        for rule in of_tier(Tier::Namespace).flatten() {
            for (ports, peers) in context.ports(rule) {
                partition.step(&peers, |state| State {
                    allowed: state.allowed.union(&state.open.intersection(&ports)),
                    ..state.clone()
                });
            }
        }
    } else {
        in_order(&mut partition, of_tier(Tier::Baseline).flatten(), context);
        // Kubernetes allows what nobody speaks of.
        partition.step_all(|state| State {
            allowed: state.allowed.union(&state.open).union(&state.passed),
            open: PortSet::none(),
            passed: PortSet::none(),
        });
    }
    let mut groups: Vec<(PortSet, Bits)> = Vec::new();
    for (state, peers) in partition.parts {
        match groups.iter_mut().find(|(known, _)| *known == state.allowed) {
            Some((_, known)) => *known = known.union(&peers),
            None => groups.push((state.allowed, peers)),
        }
    }
    groups.retain(|(ports, _)| !ports.is_none());
    groups.sort_unstable();
    let groups = groups.into_iter();
    Row {
        groups: groups
            .map(|(set, peers)| (ports.number(&set), peers))
            .collect(),
    }
}

/// Rules of which the first that matches decides.
fn in_order<'a>(
    partition: &mut Partition,
    rules: impl Iterator<Item = &'a Matched<'a>>,
    context: &Context,
) {
    for rule in rules {
        for (ports, peers) in context.ports(rule) {
            partition.step(&peers, |state| {
                let decided = state.open.intersection(&ports);
                let mut next = state.clone();
                next.open = state.open.difference(&ports);
                match rule.action {
                    Action::Allow => next.allowed = state.allowed.union(&decided),
                    Action::Pass => next.passed = state.passed.union(&decided),
                    Action::Deny => {}
                }
                next
            });
        }
    }
}
