//! What ran and talked around an incident: the tree of processes, their connections, the names asked for.
//!
//! For every actor the last processes and connections are kept, so that an incident can show what came
//! before its first piece of evidence. What is kept is bounded; what carries evidence goes last.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use catseye_event::runtime::{
    Activity, Ancestor, Direction, FileOrigin, Process, RuntimeEvent, Transport, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// So many actors are followed.
const MOST_ACTORS: usize = 2048;
/// So many processes, connections and names of each.
const MOST: usize = 192;
/// So many of each are shown.
const MOST_SHOWN: usize = 48;
/// What happened so long before the first evidence belongs to the story.
const BEFORE: SignedDuration = SignedDuration::from_mins(2);

/// What ran and talked around an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Scene {
    /// The processes that carry evidence, who started them and what they started; parents first.
    pub processes: Vec<SceneProcess>,
    /// Their connections.
    pub connections: Vec<SceneConnection>,
    /// The names that they asked for.
    pub names: Vec<SceneName>,
    /// How many processes, connections and names were left out because there were too many.
    pub left_out: usize,
}

/// A process in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneProcess {
    /// The execution.
    pub id: String,
    /// The execution that started it; empty at the top.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// How deep in the tree.
    pub depth: usize,
    /// When it was first seen; none for one that is known as a parent only.
    pub time: Option<Timestamp>,
    /// The command line; of a process that became others, one after the other.
    pub command: String,
    /// The user id on the node.
    pub user: Option<u32>,
    /// Where the executable came from.
    pub origin: FileOrigin,
    /// The rules that it matched.
    pub rules: Vec<String>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneConnection {
    /// Who began.
    pub direction: Direction,
    /// The protocol.
    pub transport: Transport,
    /// The peer.
    pub peer: SocketAddr,
    /// The name that led to it, or the workload that it is.
    pub name: String,
    /// The program.
    pub program: String,
    /// The first one.
    pub first: Timestamp,
    /// How many.
    pub count: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// True when a policy refused it.
    pub denied: bool,
}

/// A name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneName {
    /// The name.
    pub name: String,
    /// The program.
    pub program: String,
    /// The first time.
    pub first: Timestamp,
    /// The addresses of the answer.
    pub addresses: Vec<IpAddr>,
}

impl Scene {
    /// Adds what another scene of the same incident shows: of an earlier run of the program, or of another
    /// workload. What both know is as `newer` tells it.
    pub fn join(&mut self, newer: &Scene) {
        for process in &newer.processes {
            match self.processes.iter_mut().find(|it| it.id == process.id) {
                Some(known) => {
                    let rules: BTreeSet<String> =
                        known.rules.iter().chain(&process.rules).cloned().collect();
                    let parent = std::mem::take(&mut known.parent);
                    *known = process.clone();
                    known.rules = rules.into_iter().collect();
                    if known.parent.is_empty() {
                        known.parent = parent;
                    }
                }
                None => self.processes.push(process.clone()),
            }
        }
        self.processes = in_order(&self.processes);
        for connection in &newer.connections {
            let same = |it: &&mut SceneConnection| {
                (it.direction, it.transport, it.peer)
                    == (connection.direction, connection.transport, connection.peer)
                    && it.program == connection.program
            };
            match self.connections.iter_mut().find(same) {
                Some(known) => {
                    let first = known.first.min(connection.first);
                    *known = connection.clone();
                    known.first = first;
                }
                None => self.connections.push(connection.clone()),
            }
        }
        for name in &newer.names {
            match self.names.iter_mut().find(|it| it.name == name.name) {
                Some(known) => {
                    for address in &name.addresses {
                        if !known.addresses.contains(address) {
                            known.addresses.push(*address);
                        }
                    }
                }
                None => self.names.push(name.clone()),
            }
        }
        self.connections.sort_by_key(|it| (it.first, it.peer));
        self.names
            .sort_by(|a, b| (a.first, &a.name).cmp(&(b.first, &b.name)));
        self.left_out = self.left_out.max(newer.left_out)
            + cut(&mut self.processes)
            + cut(&mut self.connections)
            + cut(&mut self.names);
    }
}

/// Processes as a tree: parents first, by their time.
fn in_order(processes: &[SceneProcess]) -> Vec<SceneProcess> {
    let mut children: BTreeMap<&str, Vec<&SceneProcess>> = BTreeMap::new();
    let known: BTreeSet<&str> = processes.iter().map(|it| it.id.as_str()).collect();
    for process in processes {
        let is_root = !known.contains(process.parent.as_str()) || process.parent == process.id;
        let parent = if is_root { "" } else { process.parent.as_str() };
        children.entry(parent).or_default().push(process);
    }
    for below in children.values_mut() {
        below.sort_by_key(|it| (it.time.is_some(), it.time));
        below.reverse();
    }
    let roots = children.remove("").unwrap_or_default();
    let mut open: Vec<(&SceneProcess, usize)> = roots.into_iter().map(|it| (it, 0)).collect();
    let mut ordered: Vec<SceneProcess> = Vec::new();
    while let Some((process, depth)) = open.pop() {
        ordered.push(SceneProcess {
            depth,
            ..process.clone()
        });
        // A place in the tree is taken out once, so that no circle goes on for ever.
        let below = children.remove(process.id.as_str()).unwrap_or_default();
        open.extend(below.into_iter().map(|it| (it, depth + 1)));
    }
    // What is left says that it started itself; it is shown all the same.
    for process in children.into_values().flatten() {
        ordered.push(SceneProcess {
            depth: 0,
            ..process.clone()
        });
    }
    ordered
}

#[derive(Debug, Clone)]
struct Seen {
    parent: String,
    time: Option<Timestamp>,
    order: u64,
    commands: Vec<String>,
    user: Option<u32>,
    origin: FileOrigin,
    rules: BTreeSet<String>,
}

/// Connections by direction, protocol and peer.
type Connections = BTreeMap<(Direction, Transport, SocketAddr), (String, bool, SceneConnection)>;

#[derive(Debug, Clone, Default)]
struct Trace {
    processes: BTreeMap<String, Seen>,
    connections: Connections,
    names: BTreeMap<String, (String, bool, SceneName)>,
    touched: u64,
    left_out: usize,
}

/// The traces of all actors.
#[derive(Debug, Clone, Default)]
pub(super) struct Traces {
    by_actor: BTreeMap<Arc<str>, Trace>,
    clock: u64,
}

impl Traces {
    /// Notes what happened, and the rules that it matched.
    pub(super) fn note(&mut self, actor: &Arc<str>, event: &RuntimeEvent, rules: &[&str]) {
        self.clock += 1;
        let clock = self.clock;
        if self.by_actor.len() >= MOST_ACTORS && !self.by_actor.contains_key(actor) {
            let oldest = self.by_actor.iter().min_by_key(|(_, it)| it.touched);
            if let Some(oldest) = oldest.map(|(actor, _)| actor.clone()) {
                self.by_actor.remove(&oldest);
            }
        }
        let trace = self.by_actor.entry(actor.clone()).or_default();
        trace.touched = clock;
        let process = event.process.as_ref();
        let id = process.map_or_else(String::new, |it| {
            trace.note_process(it, event, rules, clock)
        });
        let program = process.map_or("", Process::program).to_owned();
        match &event.what {
            Activity::Flow(flow) => {
                let peer = SocketAddr::new(flow.peer, flow.port);
                let name = match flow.name() {
                    Some(name) => name.to_owned(),
                    None if flow.peer_subject.is_unknown() => String::new(),
                    None => flow.peer_subject.to_string(),
                };
                let key = (flow.direction, flow.transport, peer);
                if !make_room(&mut trace.connections, &key, |(_, flagged, _)| *flagged) {
                    trace.left_out += 1;
                    return;
                }
                let (_, flagged, seen) = trace.connections.entry(key).or_insert_with(|| {
                    let connection = SceneConnection {
                        direction: flow.direction,
                        transport: flow.transport,
                        peer,
                        name,
                        program,
                        first: event.time,
                        count: 0,
                        sent: 0,
                        received: 0,
                        denied: false,
                    };
                    (id, false, connection)
                });
                *flagged |= !rules.is_empty();
                seen.count = seen.count.saturating_add(flow.count);
                seen.sent = seen.sent.saturating_add(flow.sent);
                seen.received = seen.received.saturating_add(flow.received);
                seen.denied |= flow.verdict == Verdict::Denied;
            }
            Activity::Dns(dns) => {
                if !make_room(&mut trace.names, &dns.name, |(_, flagged, _)| *flagged) {
                    trace.left_out += 1;
                    return;
                }
                let entry = trace.names.entry(dns.name.clone()).or_insert_with(|| {
                    let name = SceneName {
                        name: dns.name.clone(),
                        program,
                        first: event.time,
                        addresses: Vec::new(),
                    };
                    (id, false, name)
                });
                entry.1 |= !rules.is_empty();
                for address in dns.answers.iter().filter_map(|it| it.address) {
                    let known = &mut entry.2.addresses;
                    if known.len() < 8 && !known.contains(&address) {
                        known.push(address);
                    }
                }
            }
            _ => {}
        }
    }

    /// What ran and talked around an incident of `actor`.
    pub(super) fn scene(&self, actor: &str, first: Timestamp, last: Timestamp) -> Option<Scene> {
        let trace = self.by_actor.get(actor)?;
        let begin = first.checked_sub(BEFORE).unwrap_or(first);
        let shown = trace.shown();
        let mut scene = Scene {
            left_out: trace.left_out,
            ..Scene::default()
        };
        trace.tree(&shown, &mut scene.processes);
        let belongs = |id: &String, flagged: bool, time: Timestamp| {
            flagged
                || shown.contains(id.as_str())
                || (id.is_empty() && (begin..=last).contains(&time))
        };
        for (id, flagged, connection) in trace.connections.values() {
            if belongs(id, *flagged, connection.first) {
                scene.connections.push(connection.clone());
            }
        }
        for (id, flagged, name) in trace.names.values() {
            if belongs(id, *flagged, name.first) {
                scene.names.push(name.clone());
            }
        }
        scene.connections.sort_by_key(|it| (it.first, it.peer));
        scene
            .names
            .sort_by(|a, b| (a.first, &a.name).cmp(&(b.first, &b.name)));
        for surplus in [
            cut(&mut scene.processes),
            cut(&mut scene.connections),
            cut(&mut scene.names),
        ] {
            scene.left_out += surplus;
        }
        let empty =
            scene.processes.is_empty() && scene.connections.is_empty() && scene.names.is_empty();
        (!empty).then_some(scene)
    }
}

fn cut<T>(list: &mut Vec<T>) -> usize {
    let surplus = list.len().saturating_sub(MOST_SHOWN);
    list.truncate(MOST_SHOWN);
    surplus
}

/// Makes room for a new key by dropping one that carries no evidence; false when all do.
fn make_room<K: Ord + Clone, V>(
    map: &mut BTreeMap<K, V>,
    key: &K,
    flagged: impl Fn(&V) -> bool,
) -> bool {
    if map.len() < MOST || map.contains_key(key) {
        return true;
    }
    let unflagged = map
        .iter()
        .find(|(_, it)| !flagged(it))
        .map(|(key, _)| key.clone());
    match unflagged {
        Some(unflagged) => map.remove(&unflagged).is_some(),
        None => false,
    }
}

impl Trace {
    fn note_process(
        &mut self,
        process: &Process,
        event: &RuntimeEvent,
        rules: &[&str],
        clock: u64,
    ) -> String {
        let id = key(&process.exec_id.0, process.pid, &event.node);
        if id.is_empty() {
            return id;
        }
        let parent_of = |place: usize| {
            process
                .ancestors
                .get(place)
                .map_or_else(String::new, |it| key(&it.exec_id.0, it.pid, &event.node))
        };
        self.insert(
            &id,
            Seen {
                parent: parent_of(0),
                time: Some(event.time),
                order: clock,
                commands: vec![process.command_line()],
                user: process.uid,
                origin: process.origin,
                rules: rules.iter().map(|it| (*it).to_owned()).collect(),
            },
        );
        for (place, ancestor) in process.ancestors.iter().enumerate() {
            let above = parent_of(place);
            if above.is_empty() || self.processes.contains_key(&above) {
                continue;
            }
            self.insert(
                &above,
                Seen {
                    parent: parent_of(place + 1),
                    time: None,
                    order: clock,
                    commands: vec![command(ancestor)],
                    user: ancestor.uid,
                    origin: FileOrigin::Unknown,
                    rules: BTreeSet::new(),
                },
            );
        }
        id
    }

    fn insert(&mut self, id: &str, seen: Seen) {
        if let Some(known) = self.processes.get_mut(id) {
            known.time = known.time.or(seen.time);
            known.user = known.user.or(seen.user);
            if seen.origin != FileOrigin::Unknown {
                known.origin = seen.origin;
            }
            known.rules.extend(seen.rules);
            for command in seen.commands {
                // A process that becomes another keeps its id.
                if !command.is_empty()
                    && known.commands.last() != Some(&command)
                    && known.commands.len() < 8
                {
                    known.commands.retain(|it| !it.is_empty());
                    known.commands.push(command);
                }
            }
            if known.parent.is_empty() {
                known.parent = seen.parent;
            }
            return;
        }
        if self.processes.len() >= MOST {
            let oldest = self
                .processes
                .iter()
                .filter(|(_, it)| it.rules.is_empty())
                .min_by_key(|(_, it)| it.order)
                .map(|(id, _)| id.clone());
            self.left_out += 1;
            match oldest {
                Some(oldest) => self.processes.remove(&oldest),
                None => return,
            };
        }
        self.processes.insert(id.to_owned(), seen);
    }

    /// The processes with evidence, all above them, and all that those started.
    fn shown(&self) -> BTreeSet<&str> {
        let mut shown: BTreeSet<&str> = BTreeSet::new();
        let mut below: BTreeSet<&str> = BTreeSet::new();
        for (id, seen) in &self.processes {
            if seen.rules.is_empty() {
                continue;
            }
            below.insert(id);
            let mut at = id.as_str();
            while shown.insert(at) {
                match self.processes.get_key_value(&self.processes[at].parent) {
                    Some((parent, _)) => at = parent,
                    None => break,
                }
            }
        }
        // Children of what carries evidence, level by level.
        loop {
            let more: Vec<&str> = self
                .processes
                .iter()
                .filter(|(id, seen)| {
                    below.contains(seen.parent.as_str()) && !below.contains(id.as_str())
                })
                .map(|(id, _)| id.as_str())
                .collect();
            if more.is_empty() {
                break;
            }
            below.extend(more);
        }
        shown.extend(below);
        shown
    }

    fn tree(&self, shown: &BTreeSet<&str>, into: &mut Vec<SceneProcess>) {
        let mut roots: Vec<&str> = shown
            .iter()
            .copied()
            .filter(|id| {
                !shown.contains(self.processes[*id].parent.as_str())
                    || self.processes[*id].parent == *id
            })
            .collect();
        let order = |id: &&str| {
            let seen = &self.processes[*id];
            (seen.time.is_some(), seen.time, seen.order, (*id).to_owned())
        };
        roots.sort_by_key(order);
        let mut open: Vec<(&str, usize)> = roots.into_iter().rev().map(|id| (id, 0)).collect();
        let mut visited = BTreeSet::new();
        while let Some((id, depth)) = open.pop() {
            if !visited.insert(id) {
                continue;
            }
            let seen = &self.processes[id];
            into.push(SceneProcess {
                id: id.to_owned(),
                parent: seen.parent.clone(),
                depth,
                time: seen.time,
                command: seen.commands.join(" ⇒ "),
                user: seen.user,
                origin: seen.origin,
                rules: seen.rules.iter().cloned().collect(),
            });
            let mut children: Vec<&str> = shown
                .iter()
                .copied()
                .filter(|child| self.processes[*child].parent == id)
                .collect();
            children.sort_by_key(order);
            open.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
        }
    }
}

/// An id for sources that tell none: the process id on its node.
fn key(exec_id: &str, pid: u32, node: &str) -> String {
    if !exec_id.is_empty() {
        exec_id.to_owned()
    } else if pid > 0 {
        format!("{node}:{pid}")
    } else {
        String::new()
    }
}

fn command(ancestor: &Ancestor) -> String {
    if ancestor.argv.is_empty() {
        ancestor.program().to_owned()
    } else {
        ancestor.argv.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: &str, parent: &str, second: i64) -> SceneProcess {
        SceneProcess {
            id: id.to_owned(),
            parent: parent.to_owned(),
            depth: 9,
            time: Timestamp::from_second(second).ok(),
            command: id.to_owned(),
            user: None,
            origin: FileOrigin::Unknown,
            rules: Vec::new(),
        }
    }

    #[test]
    fn two_scenes_become_one_tree() {
        let mut scene = Scene {
            processes: vec![process("shell", "", 1), process("curl", "shell", 2)],
            ..Scene::default()
        };
        scene.join(&Scene {
            processes: vec![process("shell", "", 1), process("miner", "shell", 3)],
            ..Scene::default()
        });
        let shown: Vec<(&str, usize)> = scene
            .processes
            .iter()
            .map(|it| (it.id.as_str(), it.depth))
            .collect();
        assert_eq!(shown, [("shell", 0), ("curl", 1), ("miner", 1)]);
    }

    #[test]
    fn processes_that_claim_to_have_started_each_other_are_no_endless_tree() {
        let mut scene = Scene::default();
        scene.join(&Scene {
            processes: vec![
                process("a", "b", 1),
                process("b", "a", 2),
                process("c", "c", 3),
            ],
            ..Scene::default()
        });
        assert_eq!(scene.processes.len(), 3);
    }
}
