//! Looking at `/proc` now and then: what is left where the kernel takes no programs.
//!
//! What begins and ends between two looks is missed, so the events say that they are sampled and
//! nothing may be concluded from what is absent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use catseye_event::runtime::{
    Activity, Direction, Exec, Exit, Flow, Listen, RuntimeEvent, RuntimeSource, Transport,
};

use crate::groups::Groups;
use crate::narrate::{Clock, Teller};
use crate::proc::{self, Hierarchy};
use crate::processes::Processes;

/// Looks at the node.
#[derive(Debug)]
pub struct Sampler {
    teller: Teller,
    hierarchy: Option<Hierarchy>,
    processes: Processes,
    groups: Groups,
    running: BTreeSet<(u32, u64)>,
    sockets: BTreeSet<Socket>,
    looks: u64,
}

/// A TCP socket as `/proc/net/tcp` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Socket {
    local: SocketAddr,
    remote: SocketAddr,
    listens: bool,
    inode: u64,
}

impl Sampler {
    /// A sampler that has not looked yet.
    pub fn new(teller: Teller) -> Self {
        Sampler {
            teller,
            hierarchy: Hierarchy::find(),
            processes: Processes::new(),
            groups: Groups::new(),
            running: BTreeSet::new(),
            sockets: BTreeSet::new(),
            looks: 0,
        }
    }

    /// Looks once and tells what is new. The first look finds what runs already.
    pub fn look(&mut self) -> io::Result<Vec<RuntimeEvent>> {
        let clock = proc::clock();
        let now = proc::since_boot();
        let is_first = self.looks == 0;
        self.looks += 1;
        if let Some(hierarchy) = &self.hierarchy {
            // Without the tree, events keep the number of their cgroup.
            let _ = proc::read_groups(hierarchy, &mut self.groups);
        }
        let shown = proc::read_processes(self.hierarchy.as_ref())?;
        proc::seed(&mut self.processes, &shown, |_| None);
        let mut events = Vec::new();
        let running: BTreeSet<(u32, u64)> = shown
            .iter()
            .map(|it| (it.known.pid, it.known.start))
            .collect();
        for (pid, start) in running.difference(&self.running) {
            let what = Activity::Exec(Exec {
                found_running: is_first,
                ..Exec::default()
            });
            events.push(self.event(now, clock, (*pid, *start), what));
        }
        for (pid, start) in self
            .running
            .difference(&running)
            .copied()
            .collect::<Vec<_>>()
        {
            let what = Activity::Exit(Exit::default());
            events.push(self.event(now, clock, (pid, start), what));
            self.processes.ended(pid, start, now);
        }
        self.running = running;
        self.look_at_sockets(now, clock, &mut events);
        Ok(events)
    }

    fn look_at_sockets(&mut self, now: u64, clock: Clock, events: &mut Vec<RuntimeEvent>) {
        let mut owners: HashMap<u64, (u32, u64)> = HashMap::new();
        let mut spaces: BTreeMap<u32, u32> = BTreeMap::new();
        for known in self.processes.all() {
            if !self.running.contains(&(known.pid, known.start)) {
                continue;
            }
            spaces
                .entry(known.namespaces.net.unwrap_or_default())
                .or_insert(known.pid);
            let Ok(files) = fs::read_dir(format!("/proc/{}/fd", known.pid)) else {
                continue;
            };
            for file in files.flatten() {
                let target = fs::read_link(file.path()).unwrap_or_default();
                let target = target.to_string_lossy();
                let inode = target
                    .strip_prefix("socket:[")
                    .and_then(|rest| rest.strip_suffix(']'))
                    .and_then(|inode| inode.parse().ok());
                if let Some(inode) = inode {
                    owners.insert(inode, (known.pid, known.start));
                }
            }
        }
        let mut sockets = BTreeSet::new();
        for pid in spaces.values() {
            for file in ["tcp", "tcp6"] {
                let text = fs::read_to_string(format!("/proc/{pid}/net/{file}"));
                sockets.extend(read_sockets(&text.unwrap_or_default()));
            }
        }
        let ports: BTreeSet<u16> = sockets
            .iter()
            .filter(|socket| socket.listens)
            .map(|socket| socket.local.port())
            .collect();
        for socket in sockets.difference(&self.sockets) {
            let Some(owner) = owners.get(&socket.inode) else {
                continue;
            };
            let what = if socket.listens {
                Activity::Listen(Listen {
                    transport: Transport::Tcp,
                    address: socket.local,
                })
            } else {
                let mut flow = Flow::to(Transport::Tcp, socket.remote);
                flow.local = Some(socket.local.ip());
                if ports.contains(&socket.local.port()) {
                    flow.direction = Direction::In;
                    flow.port = socket.local.port();
                }
                Activity::Flow(Box::new(flow))
            };
            events.push(self.event(now, clock, *owner, what));
        }
        self.sockets = sockets;
    }

    fn event(&self, now: u64, clock: Clock, who: (u32, u64), what: Activity) -> RuntimeEvent {
        let mut event = RuntimeEvent::new(clock.time(now), RuntimeSource::ProcSampled, what);
        event.node.clone_from(&self.teller.node);
        let Teller { node, boot } = &self.teller;
        if let Some(known) = self.processes.known(who.0, who.1) {
            event.subject = self.groups.subject(known.cgroup);
        }
        event.process = self.processes.process(who.0, who.1, node, boot);
        event
    }
}

/// Reads `/proc/net/tcp` or `tcp6`: connections that stand, and sockets that listen.
fn read_sockets(text: &str) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, local, remote, state, ..] = fields.as_slice() else {
            continue;
        };
        let listens = *state == "0A";
        if *state != "01" && !listens {
            continue;
        }
        let inode = fields.get(9).and_then(|inode| inode.parse().ok());
        if let (Some(local), Some(remote), Some(inode)) =
            (read_address(local), read_address(remote), inode)
        {
            sockets.push(Socket {
                local,
                remote,
                listens,
                inode,
            });
        }
    }
    sockets
}

/// `0100007F:1F90`: words as the processor holds them, in hexadecimal.
fn read_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for at in (0..address.len()).step_by(8) {
        let word = u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let address = if bytes.len() == 4 {
        IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?))
    } else {
        let address = Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?);
        address
            .to_ipv4_mapped()
            .map_or(IpAddr::V6(address), IpAddr::V4)
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_read_as_the_kernel_writes_them() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n\
            1: 0100007F:1F90 0200007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1\n\
            2: 0100007F:1F90 0200007F:C002 06 00000000:00000000 00:00000000 00000000     0        0 0 1\n";
        let sockets = read_sockets(text);
        assert_eq!(sockets.len(), 2);
        assert!(sockets[0].listens);
        assert_eq!(sockets[0].local, "127.0.0.1:8080".parse().unwrap());
        assert_eq!(sockets[1].remote, "127.0.0.2:49153".parse().unwrap());
    }

    #[test]
    fn a_process_that_begins_is_told_by_the_next_look() {
        let teller = Teller {
            node: "n".to_owned(),
            boot: "b".to_owned(),
        };
        let mut sampler = Sampler::new(teller);
        sampler.look().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let is_told = |event: &RuntimeEvent, kind: &str, pid: u32| {
            event.what.kind() == kind && event.process.as_ref().is_some_and(|it| it.pid == pid)
        };
        let events = sampler.look().unwrap();
        assert!(
            events
                .iter()
                .any(|event| is_told(event, "exec", child.id()))
        );
        assert!(events.iter().any(|event| {
            matches!(&event.what, Activity::Listen(listen) if listen.address.port() == port)
                && is_told(event, "listen", std::process::id())
        }));
        child.kill().unwrap();
        child.wait().unwrap();
        let events = sampler.look().unwrap();
        assert!(
            events
                .iter()
                .any(|event| is_told(event, "exit", child.id()))
        );
    }
}
