//! From records to events: who it was, whose container, by which name.
//!
//! ```text
//!  Record ─► processes, groups, names, ledger (what is known) ─► RuntimeEvent
//! ```
//!
//! Nothing here touches the system: time and records are arguments, so that a recording gives the
//! same events wherever it is played.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use catseye_event::runtime::{
    Activity, CapabilityUse, ContainerChange, ContainerState, Direction, Exec, Exit, FileOrigin,
    Flow, Killed, Latency, Listen, Loss, ModuleChange, Namespaces, Process, RuntimeEvent,
    RuntimeSource, Subject, Transport, Verdict,
};
use jiff::Timestamp;

use crate::groups::Groups;
use crate::ledger::Ledger;
use crate::names::Names;
use crate::processes::{Known, Processes, Program};
use crate::record::{
    Body, DeniedRecord, DnsRecord, ExecRecord, FlowCount, FlowKey, Header, KilledRecord,
    ListenRecord, Record, exec_flag,
};
use crate::{call, dns, guard_flag};

/// Whose story it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Teller {
    /// The name of the node.
    pub node: String,
    /// What tells boots of the node apart.
    pub boot: String,
}

/// Turns the kernel's time into that of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The time of the boot, in nanoseconds since 1970.
    pub boot: i128,
}

impl Clock {
    /// The time of a record, from nanoseconds since boot.
    pub fn time(&self, since_boot: u64) -> Timestamp {
        Timestamp::from_nanosecond(self.boot + i128::from(since_boot)).unwrap_or(Timestamp::MAX)
    }
}

/// Everything known of the node.
#[derive(Debug)]
pub struct Narrator {
    teller: Teller,
    /// Processes.
    pub processes: Processes,
    /// Cgroups.
    pub groups: Groups,
    names: Names,
    ledger: Ledger,
    /// Who listens: pid and start by cgroup, port and protocol.
    listeners: HashMap<(u64, u16, u8), (u32, u64)>,
    unread: u64,
}

/// How many listeners are remembered; with more, all are forgotten.
const MOST_LISTENERS: usize = 65_536;

/// How many addresses keep their names.
const MOST_NAMES: usize = 16_384;

impl Narrator {
    /// Nothing known yet.
    pub fn new(teller: Teller) -> Self {
        Narrator {
            teller,
            processes: Processes::new(),
            groups: Groups::new(),
            names: Names::new(MOST_NAMES),
            ledger: Ledger::new(),
            listeners: HashMap::new(),
            unread: 0,
        }
    }

    /// How many messages of name servers could not be read.
    pub fn unread(&self) -> u64 {
        self.unread
    }

    /// The table of flows that were told.
    pub fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Takes one record in and tells what it means, if it means anything to others.
    pub fn tell(&mut self, record: &Record, clock: Clock) -> Option<RuntimeEvent> {
        let header = &record.header;
        match &record.body {
            Body::Fork => {
                let parent = (header.parent, header.parent_start);
                self.processes.forked(bare(header), parent);
                None
            }
            Body::Exec(exec) => {
                let known = self.execed(header, exec);
                let parent = (header.parent, header.parent_start);
                self.processes.execed(known, parent);
                if exec.flags & exec_flag::FOLDED != 0 {
                    return None;
                }
                let is_same = exec.asked == exec.path;
                let what = Activity::Exec(Exec {
                    asked: if is_same {
                        String::new()
                    } else {
                        exec.asked.clone()
                    },
                    ..Exec::default()
                });
                let mut event = self.event(header, clock, what);
                if let Some(process) = &mut event.process
                    && header.tid != header.pid
                {
                    process.tid = header.tid;
                }
                Some(event)
            }
            Body::Exit => {
                let status = header.extra;
                let signal = i32::try_from(status & 0x7f).unwrap_or_default();
                let code = i32::try_from(status >> 8 & 0xff).unwrap_or_default();
                let what = Activity::Exit(Exit {
                    code: (signal == 0).then_some(code),
                    signal: (signal != 0).then_some(signal),
                });
                let event = self.event(header, clock, what);
                self.processes.ended(header.pid, header.start, header.time);
                Some(event)
            }
            Body::Flow(key) => {
                self.ledger.announced(*key);
                let mut flow = self.flow(key, header.time);
                flow.count = 1;
                let header = self.with_listener(header.clone(), key);
                Some(self.event(&header, clock, Activity::Flow(Box::new(flow))))
            }
            Body::Listen(listen) => self.listen(header, listen, clock),
            Body::Dns(message) => self.dns(header, message, clock),
            Body::CgroupAdded(group) => {
                let is_container = self.groups.added(header.cgroup, group.parent, &group.path);
                is_container.then(|| self.container(header, clock, ContainerState::Started))
            }
            Body::CgroupRemoved(group) => {
                let was = self
                    .groups
                    .removed(header.cgroup, group.parent, header.time);
                was.then(|| self.container(header, clock, ContainerState::Stopped))
            }
            Body::Capability => {
                let what = Activity::Capability(CapabilityUse {
                    name: call::capability(header.extra & 0x7fff_ffff),
                    granted: header.extra >> 31 == 0,
                    count: 0,
                });
                Some(self.event(header, clock, what))
            }
            Body::Call(call) => Some(self.event(header, clock, call::activity(call))),
            Body::Module(name) => {
                let what = Activity::Module(ModuleChange {
                    name: name.clone(),
                    ..ModuleChange::default()
                });
                Some(self.event(header, clock, what))
            }
            Body::Denied(denied) => Some(self.denied(header, denied, clock)),
            Body::Killed(killed) => Some(self.killed(header, killed, clock)),
        }
    }

    /// What is new about a flow that the kernel counts.
    pub fn tell_flow(
        &mut self,
        key: &FlowKey,
        now: FlowCount,
        since: u64,
        clock: Clock,
    ) -> Option<RuntimeEvent> {
        let new = self.ledger.difference(*key, now)?;
        let mut flow = self.flow(key, new.last);
        let is_datagrams_in = key.inward && key.protocol == 17;
        flow.since = Some(clock.time(since.max(new.first)));
        flow.count = u64::from(if is_datagrams_in {
            new.established
        } else {
            new.attempts
        });
        flow.failed = u64::from(new.failed);
        flow.resets = u64::from(new.resets);
        flow.sent = new.sent;
        flow.received = new.received;
        if key.protocol == 6 && !key.inward && new.established > 0 {
            flow.latency = Some(Latency {
                count: u64::from(new.established),
                sum: new.latency / 1000,
                max: new.latency_max / 1000,
            });
        }
        let header = Header {
            time: new.last,
            cgroup: key.cgroup,
            pid: new.pid,
            start: new.start,
            comm: new.comm,
            ..Header::default()
        };
        let header = self.with_listener(header, key);
        Some(self.event(&header, clock, Activity::Flow(Box::new(flow))))
    }

    /// Packets come in in nobody's name; whoever listens there takes them.
    fn with_listener(&self, mut header: Header, key: &FlowKey) -> Header {
        let place = (key.cgroup, key.port, key.protocol);
        if key.inward
            && header.pid == 0
            && let Some((pid, start)) = self.listeners.get(&place)
        {
            header.pid = *pid;
            header.start = *start;
        }
        header
    }

    /// Something was lost between `since` and now, both in nanoseconds since boot.
    pub fn loss(
        &self,
        lost: impl IntoIterator<Item = (String, u64)>,
        reason: &str,
        since: u64,
        now: u64,
        clock: Clock,
    ) -> RuntimeEvent {
        let what = Activity::Loss(Loss {
            since: Some(clock.time(since)),
            lost: lost.into_iter().collect(),
            reason: reason.to_owned(),
        });
        let mut event = RuntimeEvent::new(clock.time(now), RuntimeSource::Catseye, what);
        event.node.clone_from(&self.teller.node);
        event
    }

    /// A process that ran before the sensor did, as an event.
    pub fn found(&self, pid: u32, start: u64, clock: Clock) -> Option<RuntimeEvent> {
        let known = self.processes.known(pid, start)?;
        let header = Header {
            time: start,
            cgroup: known.cgroup,
            pid,
            start,
            ..Header::default()
        };
        let what = Activity::Exec(Exec {
            found_running: true,
            ..Exec::default()
        });
        Some(self.event(&header, clock, what))
    }

    fn event(&self, header: &Header, clock: Clock, what: Activity) -> RuntimeEvent {
        let mut event = RuntimeEvent::new(clock.time(header.time), RuntimeSource::Catseye, what);
        event.node.clone_from(&self.teller.node);
        event.subject = self.groups.subject(header.cgroup);
        if header.pid != 0 {
            event.process = Some(self.process(header, clock));
        }
        event
    }

    fn process(&self, header: &Header, clock: Clock) -> Process {
        let Teller { node, boot } = &self.teller;
        let known = self.processes.process(header.pid, header.start, node, boot);
        let mut process = known.unwrap_or_else(|| Process {
            exec_id: catseye_event::runtime::ExecId::new(node, boot, header.pid, header.start),
            pid: header.pid,
            uid: (header.pid_ns != 0).then_some(header.uid),
            comm: header.comm.clone(),
            namespaces: namespaces(header),
            ..Process::default()
        });
        if !header.comm.is_empty() {
            process.comm.clone_from(&header.comm);
        }
        process.started = Some(clock.time(header.start));
        process
    }

    fn execed(&self, header: &Header, exec: &ExecRecord) -> Known {
        let is_container = self.groups.subject(header.cgroup).is_container();
        let mut known = bare(header);
        known.inner_pid = (exec.inner_pid != 0).then_some(exec.inner_pid);
        known.program = Arc::new(Program {
            comm: header.comm.clone(),
            executable: exec.path.clone(),
            argv: exec.args.clone(),
            argv_cut: exec.flags & exec_flag::CUT != 0,
            origin: origin(exec.flags, is_container),
            inode: Some(exec.inode),
            capabilities: Some(exec.capabilities),
        });
        known
    }

    fn flow(&self, key: &FlowKey, now: u64) -> Flow {
        let mut flow = Flow::to(
            transport(key.protocol),
            SocketAddr::new(key.address, key.port),
        );
        flow.count = 0;
        if key.inward {
            flow.direction = Direction::In;
        } else {
            flow.names = self.names.of(key.cgroup, key.address, now);
        }
        flow
    }

    fn listen(
        &mut self,
        header: &Header,
        listen: &ListenRecord,
        clock: Clock,
    ) -> Option<RuntimeEvent> {
        let place = (header.cgroup, listen.port, listen.protocol);
        if !listen.open {
            self.listeners.remove(&place);
            return None;
        }
        // The end of a UDP socket is not told; a node has no more listeners than ports.
        if self.listeners.len() >= MOST_LISTENERS {
            self.listeners.clear();
        }
        self.listeners.insert(place, (header.pid, header.start));
        let what = Activity::Listen(Listen {
            transport: transport(listen.protocol),
            address: SocketAddr::new(listen.address, listen.port),
        });
        Some(self.event(header, clock, what))
    }

    fn dns(&mut self, header: &Header, message: &DnsRecord, clock: Clock) -> Option<RuntimeEvent> {
        let Ok(mut dns) = dns::read(&message.payload) else {
            self.unread += 1;
            return None;
        };
        if dns.is_answer() {
            self.names.learn(header.cgroup, &dns, header.time);
        }
        dns.server = Some(SocketAddr::new(message.server, message.port));
        Some(self.event(header, clock, Activity::Dns(dns)))
    }

    fn container(&self, header: &Header, clock: Clock, state: ContainerState) -> RuntimeEvent {
        // Made by the runtime; the container itself has no process yet, or none any more.
        let header = Header {
            time: header.time,
            cgroup: header.cgroup,
            ..Header::default()
        };
        self.event(
            &header,
            clock,
            Activity::Container(ContainerChange { state }),
        )
    }

    fn denied(&self, header: &Header, denied: &DeniedRecord, clock: Clock) -> RuntimeEvent {
        let mut flow = self.flow(&denied.key, header.time);
        let only_watched = denied.flags & guard_flag::WATCH != 0;
        // A refused TCP connect is counted where it was asked for; a datagram is not.
        flow.count = u64::from(transport(denied.key.protocol) != Transport::Tcp);
        flow.verdict = if only_watched {
            Verdict::Audited
        } else {
            Verdict::Denied
        };
        flow.denied = u64::from(!only_watched);
        self.event(header, clock, Activity::Flow(Box::new(flow)))
    }

    fn killed(&self, header: &Header, killed: &KilledRecord, clock: Clock) -> RuntimeEvent {
        let why = match killed.reason {
            guard_flag::UPPER => "executables written after the image",
            guard_flag::MEMFD => "executables that are in no file system",
            guard_flag::UNLISTED => "programs that are not listed",
            _ => "listed programs",
        };
        let only_watched = killed.flags & guard_flag::WATCH != 0;
        let what = Activity::Killed(Killed {
            by: format!("policy {}: {why}", killed.policy),
            signal: if only_watched { 0 } else { 9 },
        });
        let mut event = self.event(header, clock, what);
        if let Some(process) = &mut event.process
            && !killed.path.is_empty()
        {
            process.executable.clone_from(&killed.path);
        }
        event
    }

    /// Whose the events of a cgroup are.
    pub fn subject(&self, cgroup: u64) -> Subject {
        self.groups.subject(cgroup)
    }
}

/// A process of which only the header is known.
fn bare(header: &Header) -> Known {
    Known {
        pid: header.pid,
        start: header.start,
        uid: header.uid,
        inner_pid: None,
        namespaces: namespaces(header),
        cgroup: header.cgroup,
        program: Arc::new(Program {
            comm: header.comm.clone(),
            ..Program::default()
        }),
    }
}

fn namespaces(header: &Header) -> Namespaces {
    let told = |number: u32| (number != 0).then_some(number);
    Namespaces {
        pid: told(header.pid_ns),
        mount: told(header.mnt_ns),
        net: told(header.net_ns),
        user: told(header.user_ns),
    }
}

fn transport(protocol: u8) -> Transport {
    if protocol == 17 {
        Transport::Udp
    } else {
        Transport::Tcp
    }
}

/// Where an executable came from. Runtimes that unpack images without overlayfs leave no sign.
fn origin(flags: u32, is_container: bool) -> FileOrigin {
    let has = |flag: u32| flags & flag != 0;
    if has(exec_flag::MEMFD) {
        FileOrigin::Memfd
    } else if has(exec_flag::UNLINKED) {
        FileOrigin::Deleted
    } else if !is_container {
        FileOrigin::Host
    } else if has(exec_flag::UPPER) {
        FileOrigin::Upper
    } else if has(exec_flag::OVERLAY) {
        FileOrigin::Image
    } else if has(exec_flag::MOUNTED) {
        FileOrigin::Mount
    } else {
        FileOrigin::Unknown
    }
}
