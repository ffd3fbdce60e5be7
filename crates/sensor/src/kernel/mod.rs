//! The programs in the kernel: loading them, reading what they tell.
//!
//! One thread polls. The kernel wakes it for what is urgent and when much has gathered; else it
//! looks ten times a second. Records of containers come by a ring of their own, which is read
//! again whenever another record names a cgroup that is not known yet: what happened in a
//! container was written after the container was.

mod hook;
mod load;
mod settings;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::{Duration, Instant};

use aya::Ebpf;
use aya::maps::{Array, HashMap as KernelMap, MapData, PerCpuArray, RingBuf};
use catseye_event::runtime::RuntimeEvent;
use rustix::event::epoll;

pub use hook::{Attachment, HOOKS, Hook, Outcome, Place, Tier};
pub use settings::{SENSITIVE_PATHS, Settings};

use crate::narrate::{Clock, Narrator, Teller};
use crate::proc::{self, Hierarchy};
use crate::record::{FLOW, FLOW_KEY, FlowKey, Kind, Record, read_flow, read_flow_key};

/// Why there is no sensor.
#[derive(Debug, thiserror::Error)]
pub enum SensorError {
    /// The kernel tells no types of its own.
    #[error("failed to read the kernel's types (BTF)")]
    Types {
        /// Why.
        #[source]
        source: aya::BtfError,
    },
    /// The object could not be loaded at all.
    #[error("failed to load the programs")]
    Load {
        /// Why.
        #[source]
        source: Box<aya::EbpfError>,
    },
    /// A map is not what it should be.
    #[error("failed to open the map {name}")]
    Map {
        /// Its name.
        name: &'static str,
        /// Why.
        #[source]
        source: aya::maps::MapError,
    },
    /// Without programs there is nothing to tell.
    #[error("the kernel refused to tell which programs run: {reason}")]
    Refused {
        /// The kernel's words.
        reason: String,
    },
    /// There is no cgroup hierarchy that tells containers apart.
    #[error("failed to find a cgroup hierarchy: mount cgroup2 at /sys/fs/cgroup")]
    NoHierarchy,
    /// The system refused something small.
    #[error("failed to {action}")]
    System {
        /// What was tried.
        action: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// What was counted of one kind of record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Written to a ring.
    pub sent: u64,
    /// Lost, because the ring was full.
    pub dropped: u64,
    /// Left out, because the same was told just before.
    pub folded: u64,
    /// Read from a ring by the sensor.
    pub read: u64,
}

/// The sensor.
pub struct Sensor {
    /// What is known.
    pub narrator: Narrator,
    attachments: Vec<Attachment>,
    hierarchy: Hierarchy,
    settings: Settings,
    // Dropping the object detaches its programs.
    _object: Ebpf,
    urgent: RingBuf<MapData>,
    bulk: RingBuf<MapData>,
    counts: PerCpuArray<MapData, [u8; 24]>,
    flows: KernelMap<MapData, [u8; FLOW_KEY], [u8; FLOW]>,
    orders: Array<MapData, u64>,
    wakes: rustix::fd::OwnedFd,
    clock: Clock,
    flows_every: Duration,
    read: BTreeMap<Kind, u64>,
    unreadable: u64,
    dropped_before: BTreeMap<Kind, u64>,
    looked_for_losses: u64,
    looked_at_flows: u64,
    walked: u64,
}

/// How many records one turn reads of a ring before it looks at the other.
const TURN: usize = 16_384;

/// How long a flow may be silent before the kernel forgets it.
const IDLE: u64 = 300 * 1_000_000_000;

impl Sensor {
    /// Loads and attaches the programs and takes in what runs already.
    pub fn start(settings: Settings, teller: Teller) -> Result<Sensor, SensorError> {
        let named = settings.hierarchy.clone();
        let hierarchy = named
            .or_else(Hierarchy::find)
            .ok_or(SensorError::NoHierarchy)?;
        let (mut object, attachments, running) = load::load(&settings, &hierarchy)?;
        let urgent = ring(&mut object, "urgent")?;
        let bulk = ring(&mut object, "bulk")?;
        let map = object.take_map("counts").ok_or(SensorError::Map {
            name: "counts",
            source: aya::maps::MapError::ElementNotFound,
        })?;
        let counts = PerCpuArray::try_from(map).map_err(|source| SensorError::Map {
            name: "counts",
            source,
        })?;
        let map = object.take_map("flows").ok_or(SensorError::Map {
            name: "flows",
            source: aya::maps::MapError::ElementNotFound,
        })?;
        let flows = KernelMap::try_from(map).map_err(|source| SensorError::Map {
            name: "flows",
            source,
        })?;
        let map = object.take_map("settings").ok_or(SensorError::Map {
            name: "settings",
            source: aya::maps::MapError::ElementNotFound,
        })?;
        let orders = Array::try_from(map).map_err(|source| SensorError::Map {
            name: "settings",
            source,
        })?;
        let wakes = wakes(&urgent, &bulk).map_err(|source| SensorError::System {
            action: "wait for records",
            source: source.into(),
        })?;

        let mut narrator = Narrator::new(teller);
        proc::read_groups(&hierarchy, &mut narrator.groups).map_err(|source| {
            SensorError::System {
                action: "read the cgroups",
                source,
            }
        })?;
        let shown =
            proc::read_processes(Some(&hierarchy)).map_err(|source| SensorError::System {
                action: "read the processes",
                source,
            })?;
        proc::seed(&mut narrator.processes, &shown, |pid| {
            running.get(&pid).copied()
        });
        let now = proc::since_boot();
        let flows_every = settings.flows_every;
        Ok(Sensor {
            narrator,
            attachments,
            hierarchy,
            settings,
            _object: object,
            urgent,
            bulk,
            counts,
            flows,
            orders,
            wakes,
            clock: proc::clock(),
            flows_every,
            read: BTreeMap::new(),
            unreadable: 0,
            dropped_before: BTreeMap::new(),
            looked_for_losses: now,
            looked_at_flows: now,
            walked: 0,
        })
    }

    /// Which programs run, which were refused and why.
    pub fn attachments(&self) -> &[Attachment] {
        &self.attachments
    }

    /// The hierarchy that containers are told by.
    pub fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }

    /// How the node's time stands to that of the records.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Records that could not be read: a fault of this program.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// What runs already, as events.
    pub fn found(&self) -> Vec<RuntimeEvent> {
        let all = self.narrator.processes.all();
        all.iter()
            .filter_map(|known| self.narrator.found(known.pid, known.start, self.clock))
            .collect()
    }

    /// Waits at most `most` for something to read, reads all there is, and hands out the events.
    pub fn poll(
        &mut self,
        most: Duration,
        on: &mut dyn FnMut(RuntimeEvent),
    ) -> Result<(), SensorError> {
        let mut woken = Vec::with_capacity(2);
        let wait = most.min(self.settings.look_every);
        let wait = rustix::event::Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        match epoll::wait(
            &self.wakes,
            rustix::buffer::spare_capacity(&mut woken),
            Some(&wait),
        ) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(err) => {
                return Err(SensorError::System {
                    action: "wait for records",
                    source: err.into(),
                });
            }
        }
        self.clock = proc::clock();
        self.read_rings(on);
        let now = proc::since_boot();
        let second = 1_000_000_000;
        if now - self.looked_for_losses >= second {
            self.look_for_losses(now, on);
            self.narrator.processes.forget(now);
        }
        let every = u64::try_from(self.flows_every.as_nanos()).unwrap_or(u64::MAX);
        if now - self.looked_at_flows >= every {
            self.read_flows(on);
        }
        Ok(())
    }

    /// Polls until `until`.
    pub fn poll_until(
        &mut self,
        until: Instant,
        on: &mut dyn FnMut(RuntimeEvent),
    ) -> Result<(), SensorError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.poll(left, on)?;
        }
    }

    fn read_rings(&mut self, on: &mut dyn FnMut(RuntimeEvent)) {
        loop {
            self.read_urgent(on);
            let mut turn = 0;
            while turn < TURN {
                let Some(item) = self.bulk.next() else {
                    return;
                };
                let record = Record::read(&item);
                drop(item);
                turn += 1;
                let Ok(record) = record else {
                    self.unreadable += 1;
                    continue;
                };
                let cgroup = record.header.cgroup;
                if !self.narrator.groups.knows(cgroup) {
                    self.read_urgent(on);
                    if !self.narrator.groups.knows(cgroup) {
                        self.walk();
                    }
                }
                self.tell(&record, on);
            }
        }
    }

    fn read_urgent(&mut self, on: &mut dyn FnMut(RuntimeEvent)) {
        loop {
            let Some(item) = self.urgent.next() else {
                return;
            };
            let record = Record::read(&item);
            drop(item);
            match record {
                Ok(record) => self.tell(&record, on),
                Err(_) => self.unreadable += 1,
            }
        }
    }

    fn tell(&mut self, record: &Record, on: &mut dyn FnMut(RuntimeEvent)) {
        *self.read.entry(record.body.kind()).or_default() += 1;
        if let Some(event) = self.narrator.tell(record, self.clock) {
            on(event);
        }
    }

    /// Looks through the tree for a cgroup whose record was lost, at most once a second.
    fn walk(&mut self) {
        let now = proc::since_boot();
        if now - self.walked < 1_000_000_000 {
            return;
        }
        self.walked = now;
        // What cannot be read stays unknown, and its events say so.
        let _ = proc::read_groups(&self.hierarchy, &mut self.narrator.groups);
    }

    /// Tells less in larger pieces while whoever takes the events cannot keep up: flows once a
    /// minute, equal programs once in ten. Nothing is left out that is not counted.
    pub fn press(&mut self, is_pressed: bool) -> Result<(), SensorError> {
        let (fold, every) = if is_pressed {
            let fold = self.settings.fold_execs.max(Duration::from_mins(10));
            (fold, self.settings.flows_every.max(Duration::from_mins(1)))
        } else {
            (self.settings.fold_execs, self.settings.flows_every)
        };
        self.flows_every = every;
        let fold = u64::try_from(fold.as_nanos()).unwrap_or(u64::MAX);
        self.orders
            .set(0, fold, 0)
            .map_err(|source| SensorError::Map {
                name: "settings",
                source,
            })
    }

    /// What was sent, lost and read, by kind.
    pub fn counts(&self) -> Result<BTreeMap<Kind, Count>, SensorError> {
        let mut counts = BTreeMap::new();
        for kind in Kind::ALL {
            let mut count = Count {
                read: self.read.get(&kind).copied().unwrap_or_default(),
                ..Count::default()
            };
            let values = self
                .counts
                .get(&(kind as u32), 0)
                .map_err(|source| SensorError::Map {
                    name: "counts",
                    source,
                })?;
            for value in values.iter() {
                let mut numbers = value.chunks_exact(8).map(|bytes| {
                    let bytes = bytes.try_into().unwrap_or_default();
                    u64::from_ne_bytes(bytes)
                });
                count.sent += numbers.next().unwrap_or_default();
                count.dropped += numbers.next().unwrap_or_default();
                count.folded += numbers.next().unwrap_or_default();
            }
            counts.insert(kind, count);
        }
        Ok(counts)
    }

    fn look_for_losses(&mut self, now: u64, on: &mut dyn FnMut(RuntimeEvent)) {
        let since = std::mem::replace(&mut self.looked_for_losses, now);
        let Ok(counts) = self.counts() else {
            return;
        };
        let mut lost = Vec::new();
        for (kind, count) in counts {
            let before = self.dropped_before.insert(kind, count.dropped);
            let new = count.dropped - before.unwrap_or_default();
            if new > 0 {
                lost.push((kind.as_str().to_owned(), new));
            }
        }
        if !lost.is_empty() {
            on(self
                .narrator
                .loss(lost, "ring full", since, now, self.clock));
        }
    }

    /// Reads the flow map and tells what is new.
    pub fn read_flows(&mut self, on: &mut dyn FnMut(RuntimeEvent)) {
        let since = std::mem::replace(&mut self.looked_at_flows, proc::since_boot());
        let mut silent = Vec::new();
        let mut seen = std::collections::HashSet::new();
        // The map changes while it is read; what is met twice has nothing new the second time.
        for entry in self.flows.iter().take(self.settings.flows as usize * 2) {
            let Ok((key, value)) = entry else {
                continue;
            };
            let (Ok(flow_key), Ok(flow)) = (read_flow_key(&key), read_flow(&value)) else {
                self.unreadable += 1;
                continue;
            };
            if self.looked_at_flows.saturating_sub(flow.last) > IDLE {
                silent.push((key, flow_key));
            }
            seen.insert(flow_key);
            if let Some(event) = self.narrator.tell_flow(&flow_key, flow, since, self.clock) {
                on(event);
            }
        }
        for (key, flow_key) in silent {
            // Gone already is as good.
            let _ = self.flows.remove(&key);
            seen.remove(&flow_key);
        }
        let keeps = |key: &FlowKey| seen.contains(key);
        if self.narrator.ledger().len() > seen.len() * 2 + 1024 {
            self.narrator.ledger().retain(keeps);
        }
    }
}

fn ring(object: &mut Ebpf, name: &'static str) -> Result<RingBuf<MapData>, SensorError> {
    let map = object.take_map(name).ok_or(SensorError::Map {
        name,
        source: aya::maps::MapError::ElementNotFound,
    })?;
    RingBuf::try_from(map).map_err(|source| SensorError::Map { name, source })
}

/// Wakes on the edge: what lies in a ring unannounced must not keep the thread from sleeping.
fn wakes(
    urgent: &RingBuf<MapData>,
    bulk: &RingBuf<MapData>,
) -> rustix::io::Result<rustix::fd::OwnedFd> {
    let wakes = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
    epoll::add(&wakes, urgent, epoll::EventData::new_u64(0), flags)?;
    epoll::add(&wakes, bulk, epoll::EventData::new_u64(1), flags)?;
    Ok(wakes)
}

/// Reads what an iterator writes: the exact starts of what runs, by pid.
fn read_running(mut file: std::fs::File) -> std::io::Result<BTreeMap<u32, u64>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut running = BTreeMap::new();
    for one in bytes.chunks_exact(24) {
        let start = u64::from_ne_bytes(one[..8].try_into().expect("eight bytes"));
        let pid = u32::from_ne_bytes(one[16..20].try_into().expect("four bytes"));
        running.insert(pid, start);
    }
    Ok(running)
}
