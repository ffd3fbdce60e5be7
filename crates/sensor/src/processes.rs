//! Who runs: every process of the node with the chain above it.
//!
//! A process is known by pid and start, which together never come again. The chain is a list of
//! shared links, so that a fork costs one allocation and the dead stay known exactly as long as
//! somebody descends from them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use catseye_event::runtime::{Ancestor, ExecId, FileOrigin, Namespaces, Process};

/// How many ancestors an event shows.
const SHOWN: usize = 8;

/// How deep a chain may grow before its far end is let go.
const DEEPEST: usize = 64;

/// How long a process that ended is still known, in nanoseconds: records of its packets come later.
const REMEMBERED: u64 = 30 * 1_000_000_000;

/// What a process runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The kernel's short name.
    pub comm: String,
    /// The path of the executable.
    pub executable: String,
    /// The arguments.
    pub argv: Vec<String>,
    /// True when there were more.
    pub argv_cut: bool,
    /// Where the file came from.
    pub origin: FileOrigin,
    /// Its inode.
    pub inode: Option<u64>,
    /// Effective capabilities at the exec.
    pub capabilities: Option<u64>,
}

/// A process as it is known at one time.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The process id on the node.
    pub pid: u32,
    /// Its start in nanoseconds since boot.
    pub start: u64,
    /// The user id.
    pub uid: u32,
    /// The process id in its own namespace.
    pub inner_pid: Option<u32>,
    /// Namespaces.
    pub namespaces: Namespaces,
    /// The cgroup it was last seen in.
    pub cgroup: u64,
    /// What it runs; shared with those it forked.
    pub program: Arc<Program>,
}

#[derive(Debug)]
struct Link {
    known: Known,
    above: Option<Arc<Link>>,
    depth: usize,
}

/// The table. Bounded by the processes of the node and those that ended within half a minute.
#[derive(Debug, Default)]
pub struct Processes {
    by_pid: HashMap<u32, Arc<Link>>,
    ended: VecDeque<(u64, u32, u64)>,
}

impl Processes {
    /// An empty table.
    pub fn new() -> Self {
        Processes::default()
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.by_pid.len()
    }

    /// True when none is known.
    pub fn is_empty(&self) -> bool {
        self.by_pid.is_empty()
    }

    /// A process that was made, or found: `parent` by pid and start.
    pub fn began(&mut self, known: Known, parent: (u32, u64)) {
        let above = self.link(parent.0, parent.1);
        self.put(known, above);
    }

    /// A child that runs what its parent runs, until it execs.
    pub fn forked(&mut self, mut known: Known, parent: (u32, u64)) {
        if let Some(above) = self.link(parent.0, parent.1) {
            let comm_differs =
                !known.program.comm.is_empty() && known.program.comm != above.known.program.comm;
            if !comm_differs {
                known.program = Arc::clone(&above.known.program);
            }
        }
        self.began(known, parent);
    }

    /// A program began in a process that is known, or is not.
    pub fn execed(&mut self, known: Known, parent: (u32, u64)) {
        let above = match self.link(known.pid, known.start) {
            Some(link) if link.above.is_some() => link.above.clone(),
            _ => self.link(parent.0, parent.1),
        };
        self.put(known, above);
    }

    /// A process ended at `now`; what ended long before is forgotten.
    pub fn ended(&mut self, pid: u32, start: u64, now: u64) {
        self.ended.push_back((now, pid, start));
        self.forget(now);
    }

    /// Forgets what ended long before `now`.
    pub fn forget(&mut self, now: u64) {
        while let Some((at, pid, start)) = self.ended.front().copied() {
            if now.saturating_sub(at) < REMEMBERED {
                return;
            }
            self.ended.pop_front();
            if self.link(pid, start).is_some() {
                self.by_pid.remove(&pid);
            }
        }
    }

    /// The process, with who started it.
    pub fn process(&self, pid: u32, start: u64, node: &str, boot: &str) -> Option<Process> {
        let link = self.link(pid, start)?;
        let mut process = describe(&link.known, node, boot);
        let mut above = link.above.as_ref();
        while let Some(link) = above {
            if process.ancestors.len() == SHOWN {
                break;
            }
            process.ancestors.push(ancestor(&link.known, node, boot));
            above = link.above.as_ref();
        }
        Some(process)
    }

    /// What is known of a process.
    pub fn known(&self, pid: u32, start: u64) -> Option<&Known> {
        let link = self.by_pid.get(&pid)?;
        (link.known.start == start).then_some(&link.known)
    }

    /// Every process, by pid.
    pub fn all(&self) -> Vec<&Known> {
        let mut all: Vec<&Known> = self.by_pid.values().map(|link| &link.known).collect();
        all.sort_by_key(|known| known.pid);
        all
    }

    fn link(&self, pid: u32, start: u64) -> Option<Arc<Link>> {
        let link = self.by_pid.get(&pid)?;
        (link.known.start == start).then(|| Arc::clone(link))
    }

    fn put(&mut self, known: Known, above: Option<Arc<Link>>) {
        // A chain of processes that each start one and end would grow for ever.
        let above = match above {
            Some(link) if link.depth >= DEEPEST => Some(shorten(&link, SHOWN)),
            other => other,
        };
        let depth = above.as_ref().map_or(0, |link| link.depth + 1);
        let link = Link {
            known,
            above,
            depth,
        };
        self.by_pid.insert(link.known.pid, Arc::new(link));
    }
}

/// The nearest `most` links of a chain, copied.
fn shorten(link: &Arc<Link>, most: usize) -> Arc<Link> {
    let above = link
        .above
        .as_ref()
        .filter(|_| most > 1)
        .map(|above| shorten(above, most - 1));
    Arc::new(Link {
        known: link.known.clone(),
        depth: above.as_ref().map_or(0, |above| above.depth + 1),
        above,
    })
}

fn describe(known: &Known, node: &str, boot: &str) -> Process {
    let program = &known.program;
    Process {
        exec_id: ExecId::new(node, boot, known.pid, known.start),
        pid: known.pid,
        uid: Some(known.uid),
        inner_pid: known.inner_pid,
        comm: program.comm.clone(),
        executable: program.executable.clone(),
        argv: program.argv.clone(),
        argv_cut: program.argv_cut,
        origin: program.origin,
        inode: program.inode,
        capabilities: program.capabilities,
        namespaces: known.namespaces,
        ..Process::default()
    }
}

fn ancestor(known: &Known, node: &str, boot: &str) -> Ancestor {
    Ancestor {
        exec_id: ExecId::new(node, boot, known.pid, known.start),
        pid: known.pid,
        uid: Some(known.uid),
        comm: known.program.comm.clone(),
        executable: known.program.executable.clone(),
        argv: known.program.argv.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(pid: u32, start: u64, executable: &str) -> Known {
        Known {
            pid,
            start,
            program: Arc::new(Program {
                executable: executable.to_owned(),
                ..Program::default()
            }),
            ..Known::default()
        }
    }

    fn chain(processes: &Processes, pid: u32, start: u64) -> Vec<String> {
        let process = processes.process(pid, start, "n", "b").unwrap();
        let above = process.ancestors.into_iter().map(|it| it.executable);
        std::iter::once(process.executable).chain(above).collect()
    }

    #[test]
    fn a_chain_outlives_those_in_it() {
        let mut processes = Processes::new();
        processes.began(known(1, 0, "/init"), (0, 0));
        processes.forked(known(7, 10, ""), (1, 0));
        processes.execed(known(7, 10, "/bin/sh"), (1, 0));
        processes.forked(known(8, 20, ""), (7, 10));
        assert_eq!(chain(&processes, 8, 20), ["/bin/sh", "/bin/sh", "/init"]);
        processes.ended(7, 10, 30);
        processes.forget(REMEMBERED * 2);
        // Its parent is the init of the node now; who started it has not changed.
        processes.execed(known(8, 20, "/bin/nc"), (1, 0));
        assert_eq!(chain(&processes, 8, 20), ["/bin/nc", "/bin/sh", "/init"]);
    }

    #[test]
    fn a_pid_that_comes_again_is_another_process() {
        let mut processes = Processes::new();
        processes.began(known(7, 10, "/old"), (0, 0));
        processes.ended(7, 10, 20);
        processes.began(known(7, 30, "/new"), (0, 0));
        processes.forget(REMEMBERED * 2);
        assert!(processes.process(7, 10, "n", "b").is_none());
        assert_eq!(chain(&processes, 7, 30), ["/new"]);
    }

    #[test]
    fn a_chain_without_end_stays_bounded() {
        let mut processes = Processes::new();
        processes.began(known(1, 0, "/0"), (0, 0));
        for at in 1..10_000_u32 {
            processes.began(known(at + 1, u64::from(at), "/x"), (at, u64::from(at) - 1));
            processes.ended(at, u64::from(at) - 1, u64::from(at) * REMEMBERED);
        }
        let last = processes.link(10_000, 9_999).unwrap();
        assert!(last.depth <= DEEPEST);
        assert_eq!(chain(&processes, 10_000, 9_999).len(), SHOWN + 1);
        assert!(processes.len() < 10);
    }
}
