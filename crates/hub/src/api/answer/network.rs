//! Who may talk to whom as a picture, why, and what policies would change.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{Inventory, Object, ObjectKey};
use catseye_netpol::{
    AddressSet, Decision, Difference, Direction, Endpoint, Name, Party, Port, PortSet, Protocol,
    Reach, Reason, RuleRef, WorkloadId,
};

use super::application::MOST_NODES;
use super::observed::{Scale, Seen, used};
use crate::api::ask::{Ask, values};
use crate::api::contract::network::{
    ConnectionChange, ExplainQuery, Explanation, Flow, Level, Network, NetworkEdge, NetworkNode,
    NetworkQuery, Ports, Simulation, SimulationResult, Verdict,
};
use crate::api::contract::problem::{Code, Problem};
use crate::api::derived::{Derived, application_id, reference};
use crate::api::layout::places;
use crate::api::refusal::quoted;

/// Changes that a simulation tells, each way.
const MOST_CHANGES: usize = 1000;
/// Ranges of ports told of an edge.
const MOST_PORTS: usize = 20;

/// Ranges of ports.
pub(super) fn ports(set: &PortSet) -> Vec<Ports> {
    set.ranges()
        .take(MOST_PORTS)
        .map(|(protocol, first, last)| Ports {
            protocol: protocol.name().to_owned(),
            first,
            last,
        })
        .collect()
}

/// What joins two nodes: the ports, the pairs of workloads, and whether all of them have those ports.
type Joined = (PortSet, BTreeSet<(WorkloadId, WorkloadId)>, bool);

/// A group of workloads that one node stands for.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) workloads: BTreeSet<WorkloadId>,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) expandable: bool,
    /// As DNS told.
    pub(super) names: BTreeSet<String>,
}

pub(in crate::api) fn picture(ask: &Ask, query: NetworkQuery) -> Result<Network, Problem> {
    let limit = match query.limit {
        None => MOST_NODES,
        Some(limit) if (1..=200).contains(&limit) => limit as usize,
        Some(limit) => return Err(Problem::bad(format!("limit={limit}: write 1 to 200"))),
    };
    for show in values(query.show.as_deref()) {
        if !["allowed", "observed", "denied", "failing", "unused"].contains(&show) {
            return Err(Problem::bad(format!(
                "show={:?}: write allowed, observed, denied, failing or unused",
                quoted(show)
            )));
        }
    }
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let reach = derived.world.reach();
    let level = query.level.unwrap_or_default();
    let expand = values(query.expand.as_deref());
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut of: BTreeMap<WorkloadId, String> = BTreeMap::new();
    for (id, _) in reach.workloads() {
        let (node, group) = group_of(&derived, &reach, id, level, &expand);
        let entry = groups.entry(node.clone()).or_insert(group);
        entry.workloads.insert(id);
        of.insert(id, node);
    }
    // Connections of workloads, joined into those of their nodes.
    let mut edges: BTreeMap<(String, String), Joined> = BTreeMap::new();
    for connection in derived.connections() {
        let side = |party: &Party| match party {
            Party::Workload(id) => of.get(id).cloned(),
            Party::Addresses(set) => Some(address_id(set)),
        };
        let (Some(from), Some(to)) = (side(&connection.source), side(&connection.destination))
        else {
            continue;
        };
        for party in [&connection.source, &connection.destination] {
            if let Party::Addresses(set) = party {
                groups.entry(address_id(set)).or_insert_with(|| Group {
                    kind: "external",
                    name: address_name(set),
                    ..Group::default()
                });
            }
        }
        let edge = edges
            .entry((from, to))
            .or_insert_with(|| (connection.ports.clone(), BTreeSet::new(), true));
        edge.2 &= edge.0 == connection.ports;
        edge.0 = edge.0.union(&connection.ports);
        if let (Party::Workload(from), Party::Workload(to)) =
            (&connection.source, &connection.destination)
        {
            edge.1.insert((*from, *to));
        }
    }
    let seen = Seen::of(ask, &derived)?;
    let scale = Scale {
        level,
        expand: &expand,
    };
    let mut flows = seen.between(&derived, &reach, &scale, &mut groups);
    for key in flows.keys() {
        let none = || (PortSet::none(), BTreeSet::new(), true);
        edges.entry(key.clone()).or_insert_with(none);
    }
    let observed = seen.availability();
    let kept = chosen(
        &groups,
        &edges.keys().cloned().collect::<Vec<_>>(),
        &query,
        limit,
    );
    let left_out = groups.len() - kept.len();
    let mut nodes = Vec::new();
    let numbers: BTreeMap<&String, usize> = kept
        .iter()
        .enumerate()
        .map(|(number, id)| (id, number))
        .collect();
    for id in &kept {
        nodes.push(node(&derived, &reach, id, &groups[id]));
    }
    let mut told = Vec::new();
    let mut drawn = Vec::new();
    for ((from, to), (set, pairs, same)) in edges {
        let (Some(source), Some(target)) = (numbers.get(&from), numbers.get(&to)) else {
            continue;
        };
        let between = groups[&from].workloads.len() * groups[&to].workloads.len();
        let possible = if from == to {
            between.saturating_sub(groups[&from].workloads.len())
        } else {
            between
        };
        drawn.push((*source, *target));
        let seen_here = flows.remove(&(from.clone(), to.clone()));
        let seen_here = seen_here.unwrap_or_default();
        told.push(NetworkEdge {
            from,
            to,
            unused: observed.available && !set.is_none() && seen_here.is_empty(),
            allowed: ports(&set),
            uniform: same && (pairs.is_empty() || pairs.len() == possible),
            observed: seen_here,
        });
    }
    let shows = values(query.show.as_deref());
    told.retain(|edge| shows.is_empty() || shows.iter().any(|show| is_shown(edge, show)));
    for (node, (x, y)) in nodes.iter_mut().zip(places(kept.len(), &drawn)) {
        (node.x, node.y) = (x, y);
    }
    Ok(Network {
        nodes,
        edges: told,
        left_out: left_out as u64,
        observed,
        unread: reach
            .unread()
            .iter()
            .map(|unread| {
                let object = inventory.object(unread.object);
                format!(
                    "{} {}: {}",
                    ObjectKey::of(object),
                    unread.path,
                    unread.reason
                )
            })
            .collect(),
    })
}

fn is_shown(edge: &NetworkEdge, show: &str) -> bool {
    let any = |is: fn(&Flow) -> bool| edge.observed.iter().any(is);
    match show {
        "allowed" => !edge.allowed.is_empty(),
        "observed" => !edge.observed.is_empty(),
        "denied" => any(|flow| {
            flow.denied > 0 || matches!(&*flow.standing, "refused" | "observed-but-denied")
        }),
        "failing" => any(|flow| flow.failed > 0),
        _ => edge.unused,
    }
}

/// The node that a workload is part of.
pub(super) fn group_of(
    derived: &Derived,
    reach: &Reach,
    id: WorkloadId,
    level: Level,
    expand: &[&str],
) -> (String, Group) {
    let inventory = derived.inventory();
    let workload = reach.workload(id);
    let namespace = workload.namespace.clone();
    let by_namespace = format!("ns:{namespace}");
    let application = application_id(inventory, workload.object);
    let by_application = format!("app:{application}");
    if level == Level::Namespace && !expand.contains(&by_namespace.as_str()) {
        let group = Group {
            kind: "namespace",
            name: namespace.clone(),
            namespace,
            expandable: true,
            ..Group::default()
        };
        return (by_namespace, group);
    }
    if level != Level::Workload && !expand.contains(&by_application.as_str()) {
        let name = application.split_once(':').map_or("", |(_, name)| name);
        let group = Group {
            kind: "application",
            name: name.to_owned(),
            namespace,
            expandable: true,
            ..Group::default()
        };
        return (by_application, group);
    }
    let object = inventory.object(inventory.representative(workload.object));
    let group = Group {
        kind: "workload",
        name: workload.name.clone(),
        namespace,
        ..Group::default()
    };
    (format!("wl:{}", reference(object)), group)
}

/// The nodes that are shown: those that filters leave and their neighbours, the most connected first.
fn chosen(
    groups: &BTreeMap<String, Group>,
    edges: &[(String, String)],
    query: &NetworkQuery,
    limit: usize,
) -> Vec<String> {
    let namespaces = values(query.namespace.as_deref());
    let text = query.text.as_deref().unwrap_or_default().to_lowercase();
    let fits = |group: &Group| {
        (namespaces.is_empty() || namespaces.contains(&group.namespace.as_str()))
            && group.name.to_lowercase().contains(&text)
    };
    let narrowed = !namespaces.is_empty() || !text.is_empty();
    let mut wanted: BTreeSet<&String> = groups
        .iter()
        .filter(|(_, group)| fits(group))
        .map(|(id, _)| id)
        .collect();
    if narrowed {
        let neighbours: Vec<&String> = edges
            .iter()
            .flat_map(|(from, to)| [(from, to), (to, from)])
            .filter(|(one, _)| wanted.contains(one))
            .map(|(_, other)| other)
            .collect();
        wanted.extend(neighbours);
    }
    let mut degree: BTreeMap<&String, usize> = BTreeMap::new();
    for (from, to) in edges {
        *degree.entry(from).or_default() += 1;
        *degree.entry(to).or_default() += 1;
    }
    let mut kept: Vec<&String> = wanted.into_iter().collect();
    kept.sort_by_key(|id| {
        (
            std::cmp::Reverse(degree.get(id).copied().unwrap_or_default()),
            *id,
        )
    });
    kept.truncate(limit);
    kept.sort();
    kept.into_iter().cloned().collect()
}

fn node(derived: &Derived, reach: &Reach, id: &str, group: &Group) -> NetworkNode {
    let inventory = derived.inventory();
    let mut pods = 0;
    let mut open = [0_u64; 2];
    for workload in &group.workloads {
        for class in &reach.workload(*workload).classes {
            let members = reach.members(*class).iter();
            let count: u64 = members
                .filter(|(member, _)| member == workload)
                .map(|(_, count)| u64::from(*count))
                .sum();
            pods += count;
            for (place, direction) in [Direction::Ingress, Direction::Egress]
                .into_iter()
                .enumerate()
            {
                if reach.policies_selecting(*class, direction).next().is_none() {
                    open[place] += count;
                }
            }
        }
    }
    let single = group.workloads.first().filter(|_| group.kind == "workload");
    NetworkNode {
        id: id.to_owned(),
        kind: group.kind.to_owned(),
        name: group.name.clone(),
        namespace: group.namespace.clone(),
        object: single.map(|workload| {
            let object = reach.workload(*workload).object;
            reference(inventory.object(inventory.representative(object)))
        }),
        x: 0.5,
        y: 0.5,
        pods,
        expandable: group.expandable,
        unprotected_ingress: open[0],
        unprotected_egress: open[1],
        names: group.names.iter().cloned().collect(),
    }
}

fn address_id(set: &AddressSet) -> String {
    format!("ip:{}", address_name(set))
}

/// A few ranges, or what the whole is called.
fn address_name(set: &AddressSet) -> String {
    if *set == AddressSet::all() {
        return "any address".to_owned();
    }
    let ranges = set.ranges();
    let mut words: Vec<String> = ranges
        .iter()
        .take(3)
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    if ranges.len() > 3 {
        words.push(format!("{} more", ranges.len() - 3));
    }
    words.join(", ")
}

pub(in crate::api) fn explain(ask: &Ask, query: ExplainQuery) -> Result<Explanation, Problem> {
    let derived = ask.derived()?;
    let inventory = derived.inventory();
    let reach = derived.world.reach();
    let protocol = query.protocol.as_deref().unwrap_or("TCP");
    let protocol = Protocol::named(protocol).ok_or_else(|| {
        Problem::bad(format!(
            "protocol={:?}: write TCP, UDP or SCTP",
            quoted(protocol)
        ))
    })?;
    let asked = match query.port {
        None => PortSet::all(),
        Some(0) => return Err(Problem::bad("port=0: write 1 to 65535")),
        Some(number) => PortSet::one(Port { protocol, number }),
    };
    let from = end(&derived, &reach, &query.from)?;
    let to = end(&derived, &reach, &query.to)?;
    if let (Endpoint::Addresses(_), Endpoint::Addresses(_)) = (from, to) {
        return Err(Problem::bad(
            "two addresses: no policy of the cluster decides about them",
        ));
    }
    let mut by_reason: BTreeMap<(bool, String, String), PortSet> = BTreeMap::new();
    for atom in reach.port_atoms() {
        let atom = atom.intersection(&asked);
        let Some(first) = atom.first() else { continue };
        let explanation = reach.explain(from, to, first);
        let key = (
            !explanation.allowed(),
            decision(inventory, &reach, &explanation.egress),
            decision(inventory, &reach, &explanation.ingress),
        );
        let known = by_reason.entry(key).or_insert_with(PortSet::none);
        *known = known.union(&atom);
    }
    Ok(Explanation {
        from: query.from,
        to: query.to,
        verdicts: by_reason
            .into_iter()
            .map(|((denied, egress, ingress), set)| Verdict {
                ports: ports(&set),
                allowed: !denied,
                egress,
                ingress,
            })
            .collect(),
    })
}

/// A side of a connection: a workload by name, or an address.
fn end(derived: &Derived, reach: &Reach, text: &str) -> Result<Endpoint, Problem> {
    if let Ok(address) = text.parse() {
        let group = reach.group_of(address);
        return group
            .map(Endpoint::Addresses)
            .ok_or_else(|| Problem::bad(format!("{address} belongs to no group of addresses")));
    }
    let text = text.strip_prefix("wl:").unwrap_or(text);
    let mut parts = text.splitn(3, '/');
    let (kind, namespace, name) = match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(namespace), Some(name)) => (Some(kind), namespace, name),
        (Some(namespace), Some(name), None) => (None, namespace, name),
        _ => {
            return Err(Problem::bad(format!(
                "{:?}: write an address, NAMESPACE/NAME or KIND/NAMESPACE/NAME",
                quoted(text)
            )));
        }
    };
    let inventory = derived.inventory();
    let found = reach.workloads().find(|(_, workload)| {
        let object = inventory.object(inventory.representative(workload.object));
        workload.namespace == namespace
            && workload.name == name
            && kind.is_none_or(|kind| reference(object).kind == kind || workload.kind == kind)
    });
    let (_, workload) = found.ok_or_else(|| Problem::not_found("workload", text))?;
    let class = workload.classes.first();
    class.copied().map(Endpoint::Class).ok_or_else(|| {
        Problem::new(
            Code::NotPossible,
            "this workload has no pods",
            "ask about another one",
        )
    })
}

/// What decides at one end, in sentences.
fn decision(inventory: &Inventory, reach: &Reach, decision: &Decision) -> String {
    let policy = |policy: usize| {
        let object = reach.policies().get(policy).map(|policy| policy.object);
        object.map_or(String::new(), |id| {
            ObjectKey::of(inventory.object(id)).to_string()
        })
    };
    let rule = |rule: &RuleRef| format!("{}, rule {}", policy(rule.policy), rule.rule + 1);
    let mut sentences: Vec<String> = decision
        .passed_by
        .iter()
        .map(|passing| format!("{} passes it on", rule(passing)))
        .collect();
    match &decision.reason {
        Reason::Outside => sentences.push("outside the cluster: no policy is known".to_owned()),
        Reason::OnHost => {
            sentences.push("in the node's network, where no policy selects it".to_owned());
        }
        Reason::Unselected => sentences.push("no policy selects it: allowed".to_owned()),
        Reason::Unmatched => {
            sentences.push("policies of administrators leave it open: allowed".to_owned());
        }
        Reason::Allowed(rules) => {
            sentences.extend(
                rules
                    .iter()
                    .map(|allowing| format!("{} allows it", rule(allowing))),
            );
        }
        Reason::Denied(denying) => sentences.push(format!("{} denies it", rule(denying))),
        Reason::NotAllowed(refusals) => {
            for refusal in refusals {
                let why = if refusal.without_rules {
                    "has no rule"
                } else if refusal.other_ports.is_empty() {
                    "has no rule about the other end"
                } else {
                    "speaks of other ports"
                };
                sentences.push(format!("{} selects it and {why}", policy(refusal.policy)));
            }
        }
    }
    sentences.join("; ")
}

pub(in crate::api) fn simulate(
    ask: &Ask,
    _: crate::api::routes::Nothing,
    simulation: Simulation,
) -> Result<SimulationResult, Problem> {
    let derived = ask.derived()?;
    let (new, mut notices) = policies_in(&simulation.policies)?;
    let mut gone: BTreeSet<ObjectKey> = new.iter().map(ObjectKey::of).collect();
    for name in &simulation.remove {
        let mut parts = name.splitn(3, '/');
        let (Some(kind), Some(namespace), Some(object)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(Problem::bad(format!(
                "remove: {:?}: write KIND/NAMESPACE/NAME",
                quoted(name)
            )));
        };
        let id = derived.object(kind, namespace, object);
        let id = id.ok_or_else(|| Problem::not_found("policy", name))?;
        gone.insert(ObjectKey::of(derived.inventory().object(id)));
    }
    if new.is_empty() && simulation.remove.is_empty() {
        return Err(Problem::new(
            Code::NotPossible,
            "there is no policy in it",
            "write a NetworkPolicy, or name policies to remove",
        ));
    }
    let after = changed(derived.inventory(), &gone, new);
    let reach_after = Reach::of(&after);
    for unread in reach_after.unread() {
        let object = after.object(unread.object);
        notices.push(format!(
            "{} {}: {}",
            ObjectKey::of(object),
            unread.path,
            unread.reason
        ));
    }
    let before = derived.world.reach();
    let seen = Seen::of(ask, &derived)?;
    let observed = seen.availability();
    let used = used(&seen);
    let breaks = ask
        .edge
        .hub
        .would_break(&derived.world, &after, &reach_after);
    let difference = Difference::between(&before, &reach_after);
    let mut opens = Vec::new();
    let mut closes = Vec::new();
    let mut more = 0;
    for change in &difference.changes {
        let new = change.after.difference(&change.before);
        let gone = change.before.difference(&change.after);
        for (set, list) in [(new, &mut opens), (gone, &mut closes)] {
            if set.is_none() {
                continue;
            }
            if list.len() == MOST_CHANGES {
                more += 1;
                continue;
            }
            let (from, to) = (name(&change.source), name(&change.destination));
            let between_workloads = [&change.source, &change.destination]
                .iter()
                .all(|end| matches!(end, Name::Workload { .. }));
            list.push(ConnectionChange {
                observed: (observed.available && between_workloads)
                    .then(|| used.contains(&(from.clone(), to.clone()))),
                from,
                to,
                ports: ports(&set),
            });
        }
    }
    Ok(SimulationResult {
        opens,
        closes,
        breaks,
        observed,
        notices,
        more,
    })
}

fn name(name: &Name) -> String {
    match name {
        Name::Addresses(set) => address_name(set),
        workload @ Name::Workload { .. } => workload.to_string(),
    }
}

/// The policies of a text; what is none is noted.
fn policies_in(text: &str) -> Result<(Vec<Object>, Vec<String>), Problem> {
    let mut policies = Vec::new();
    let mut notices = Vec::new();
    for document in catseye_model::yaml::documents(text) {
        let line = document.line;
        let value = document.content.map_err(|err| {
            Problem::new(
                Code::NotPossible,
                format!("policies: {}", quoted(&err.to_string())),
                "mend the YAML",
            )
        })?;
        let (objects, others) = Object::read(value, None);
        for other in others {
            notices.push(format!("line {line}: {other}"));
        }
        for object in objects {
            if object.kind_name().ends_with("NetworkPolicy") {
                policies.push(object);
            } else {
                notices.push(format!(
                    "line {line}: {} is no network policy and was left out",
                    ObjectKey::of(&object)
                ));
            }
        }
    }
    Ok((policies, notices))
}

/// The Inventory with some objects replaced.
fn changed(inventory: &Inventory, gone: &BTreeSet<ObjectKey>, new: Vec<Object>) -> Inventory {
    let kept = inventory
        .objects()
        .filter(|(_, object)| !gone.contains(&ObjectKey::of(object)))
        .map(|(_, object)| object.clone());
    let objects: Vec<Object> = kept.chain(new).collect();
    Inventory::new(objects, inventory.completeness())
}
