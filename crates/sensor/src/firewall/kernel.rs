//! The policies in the kernel, pinned: they hold while the sensor is away.
//!
//! ```text
//!  /sys/fs/bpf/catseye/maps-1/NAME        what is asked for; kept over restarts and new versions
//!  /sys/fs/bpf/catseye/links-HASH/NAME    the programs of one version, attached
//! ```
//!
//! A new version attaches its own programs first and then takes the old ones away, so at no moment
//! is there none. What happens when no sensor comes back is the lease's: it ends, or it never does.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aya::maps::lpm_trie::{Key, LpmTrie};
use aya::maps::{Array, HashMap as KernelMap, Map, MapData, RingBuf};
use aya::programs::links::FdLink;
use aya::programs::{BtfTracePoint, CgroupAttachMode, CgroupSockAddr};
use aya::{Btf, EbpfLoader};

use super::compile::{CompileError, compile};
use super::policy::Policy;
use crate::proc::{self, Hierarchy};
use crate::{object, record::Record};

/// Why there is no firewall.
#[derive(Debug, thiserror::Error)]
pub enum FirewallError {
    /// The kernel tells no types of its own.
    #[error("failed to read the kernel's types (BTF)")]
    Types {
        /// Why.
        #[source]
        source: aya::BtfError,
    },
    /// The object could not be loaded.
    #[error("failed to load the firewall's programs")]
    Load {
        /// Why.
        #[source]
        source: Box<aya::EbpfError>,
    },
    /// A program could not be attached.
    #[error("failed to attach {program}")]
    Attach {
        /// Which.
        program: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A map refused.
    #[error("failed to write the map {name}")]
    Map {
        /// Which.
        name: &'static str,
        /// Why.
        #[source]
        source: aya::maps::MapError,
    },
    /// A policy does not fit.
    #[error("failed to compile policy {number}")]
    Policy {
        /// Its number.
        number: u32,
        /// Why.
        #[source]
        source: CompileError,
    },
    /// The file system of the pins refused.
    #[error("failed to use {path}")]
    Pins {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Refusing by container needs version 2.
    #[error(
        "failed to find cgroup2: connections of single containers cannot be refused on version 1"
    )]
    NoCgroup2,
    /// Without it the runtime's own steps would be killed too.
    #[error(
        "failed to read the node's mount namespace; programs are killed only where the sensor runs in the node's process namespace (hostPID)"
    )]
    NoNodeMounts,
}

/// How long the policies hold without a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// For ever: fails closed.
    Forever,
    /// So long after the sensor was last there: fails open.
    For(Duration),
}

/// The programs by name, with the tracepoint of those that are on one.
const PROGRAMS: [(&str, Option<&str>); 7] = [
    ("guard_cgroup_added", Some("cgroup_mkdir")),
    ("guard_cgroup_removed", Some("cgroup_rmdir")),
    ("guard_exec", Some("sched_process_exec")),
    ("guard_connect4", None),
    ("guard_connect6", None),
    ("guard_sendmsg4", None),
    ("guard_sendmsg6", None),
];

const MAPS: [&str; 6] = ["guards", "rules", "programs", "lease", "urgent", "counts"];

/// The firewall. Dropping it leaves everything as it is; [`Firewall::remove`] takes it away.
pub struct Firewall {
    folder: PathBuf,
    guards: KernelMap<MapData, u64, u64>,
    rules: LpmTrie<MapData, [u8; 20], [u8; 136]>,
    programs: KernelMap<MapData, [u8; 128], u32>,
    lease: Array<MapData, u64>,
    told: RingBuf<MapData>,
    can_kill: bool,
    /// True when the programs were there already.
    pub was_running: bool,
}

impl Firewall {
    /// Opens the firewall below `folder`, a folder of a BPF file system, and attaches it where it
    /// is not attached yet.
    pub fn open(folder: &Path) -> Result<Firewall, FirewallError> {
        let hierarchy = Hierarchy::find()
            .filter(Hierarchy::is_v2)
            .ok_or(FirewallError::NoCgroup2)?;
        let maps = folder.join("maps-1");
        let links = folder.join(format!("links-{:016x}", hash(object::FIREWALL)));
        make(&maps)?;
        let was_running = PROGRAMS.iter().all(|(name, _)| links.join(name).exists());
        let types = Btf::from_sys_fs().map_err(|source| FirewallError::Types { source })?;
        // The first process may be closed to us; the kernel's own first thread is where it began.
        let node_mounts = match namespace("/proc/1/ns/mnt") {
            0 => namespace("/proc/2/ns/mnt"),
            number => number,
        };
        let mut loader = EbpfLoader::new();
        loader
            .btf(Some(&types))
            .override_global("hierarchy", &hierarchy.number, true)
            .override_global("node_mounts", &node_mounts, true);
        for name in MAPS {
            loader.map_pin_path(name, maps.join(name));
        }
        let mut object = loader
            .load(object::FIREWALL)
            .map_err(|source| FirewallError::Load {
                source: Box::new(source),
            })?;
        if !was_running {
            make(&links)?;
            for (name, tracepoint) in PROGRAMS {
                let failed = |source| FirewallError::Attach {
                    program: name,
                    source,
                };
                let pin = links.join(name);
                if pin.exists() {
                    continue;
                }
                let link =
                    attach(&mut object, name, tracepoint, &types, &hierarchy).map_err(failed)?;
                link.pin(&pin).map_err(|err| failed(err.into()))?;
            }
            remove_others(folder, &links)?;
        }
        let mut take = |name: &'static str| {
            object.take_map(name).ok_or(FirewallError::Map {
                name,
                source: aya::maps::MapError::ElementNotFound,
            })
        };
        Ok(Firewall {
            folder: folder.to_owned(),
            guards: open_map("guards", take("guards")?)?,
            rules: open_map("rules", take("rules")?)?,
            programs: open_map("programs", take("programs")?)?,
            lease: open_map("lease", take("lease")?)?,
            told: open_map("urgent", take("urgent")?)?,
            can_kill: node_mounts != 0,
            was_running,
        })
    }

    /// Puts a policy in the place of the one with its number. New rules are in before old ones go.
    pub fn set(&mut self, policy: &Policy) -> Result<(), FirewallError> {
        let number = policy.number;
        let entries = compile(policy).map_err(|source| FirewallError::Policy { number, source })?;
        let mut names = Vec::new();
        for program in &policy.programs {
            let key = program_key(number, &program.name)
                .map_err(|source| FirewallError::Policy { number, source })?;
            names.push((key, u32::from(program.deny)));
        }
        let rules = |source| FirewallError::Map {
            name: "rules",
            source,
        };
        let mut kept = Vec::new();
        for entry in &entries {
            let (bits, data) = entry.key(number);
            self.rules
                .insert(&Key::new(bits, data), entry.value(), 0)
                .map_err(rules)?;
            kept.push((bits, data));
        }
        kept.sort_unstable();
        let mut old = Vec::new();
        for key in self.rules.keys() {
            let key = key.map_err(rules)?;
            let (bits, data) = (key.prefix_len(), key.data());
            let is_own = data[..4] == number.to_ne_bytes();
            if is_own && kept.binary_search(&(bits, data)).is_err() {
                old.push((bits, data));
            }
        }
        for (bits, data) in old {
            self.rules.remove(&Key::new(bits, data)).map_err(rules)?;
        }
        self.set_programs(number, &names)
    }

    fn set_programs(
        &mut self,
        number: u32,
        names: &[([u8; 128], u32)],
    ) -> Result<(), FirewallError> {
        let programs = |source| FirewallError::Map {
            name: "programs",
            source,
        };
        for (key, deny) in names {
            self.programs.insert(key, deny, 0).map_err(programs)?;
        }
        let mut old = Vec::new();
        for key in self.programs.keys() {
            let key = key.map_err(programs)?;
            let is_kept = names.iter().any(|(name, _)| *name == key);
            if key[..4] == number.to_ne_bytes() && !is_kept {
                old.push(key);
            }
        }
        for key in old {
            self.programs.remove(&key).map_err(programs)?;
        }
        Ok(())
    }

    /// Puts a cgroup, and all it will make below itself, under a policy.
    pub fn guard(&mut self, cgroup: u64, policy: &Policy) -> Result<(), FirewallError> {
        let kills = policy.no_upper
            || policy.no_memfd
            || policy.only_listed_programs
            || !policy.programs.is_empty();
        if kills && !self.can_kill {
            return Err(FirewallError::NoNodeMounts);
        }
        let mut value = [0; 8];
        value[..4].copy_from_slice(&policy.number.to_ne_bytes());
        value[4..].copy_from_slice(&policy.flags().to_ne_bytes());
        self.guards
            .insert(cgroup, u64::from_ne_bytes(value), 0)
            .map_err(|source| FirewallError::Map {
                name: "guards",
                source,
            })
    }

    /// Takes a cgroup from under its policy. What it made below itself stays.
    pub fn release(&mut self, cgroup: u64) -> Result<(), FirewallError> {
        match self.guards.remove(&cgroup) {
            Ok(()) | Err(aya::maps::MapError::KeyNotFound) => Ok(()),
            Err(source) => Err(FirewallError::Map {
                name: "guards",
                source,
            }),
        }
    }

    /// The guarded cgroups.
    pub fn guarded(&self) -> Vec<u64> {
        let mut guarded: Vec<u64> = self.guards.keys().filter_map(Result::ok).collect();
        guarded.sort_unstable();
        guarded
    }

    /// Says that the sensor is there. To be said again well before the lease ends.
    pub fn renew(&mut self, lease: Lease) -> Result<(), FirewallError> {
        let until = match lease {
            Lease::Forever => 0,
            Lease::For(time) => {
                let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
                proc::since_boot().saturating_add(time)
            }
        };
        self.lease
            .set(0, until, 0)
            .map_err(|source| FirewallError::Map {
                name: "lease",
                source,
            })
    }

    /// What was refused and killed since the last call, by this sensor or before it came.
    pub fn told(&mut self) -> Vec<Record> {
        let mut records = Vec::new();
        while let Some(item) = self.told.next() {
            if let Ok(record) = Record::read(&item) {
                records.push(record);
            }
        }
        records
    }

    /// Takes the firewall away: nothing is refused any more.
    pub fn remove(self) -> Result<(), FirewallError> {
        let folder = self.folder.clone();
        drop(self);
        remove_all(&folder)
    }
}

/// Takes away whatever is pinned below `folder`. That there is nothing is as good.
pub(super) fn remove_all(folder: &Path) -> Result<(), FirewallError> {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(FirewallError::Pins {
            path: folder.to_owned(),
            source,
        }),
    }
}

fn open_map<T>(name: &'static str, map: Map) -> Result<T, FirewallError>
where
    T: TryFrom<Map, Error = aya::maps::MapError>,
{
    T::try_from(map).map_err(|source| FirewallError::Map { name, source })
}

type AttachError = Box<dyn std::error::Error + Send + Sync>;

fn attach(
    object: &mut aya::Ebpf,
    name: &str,
    tracepoint: Option<&str>,
    types: &Btf,
    hierarchy: &Hierarchy,
) -> Result<FdLink, AttachError> {
    let program = object
        .program_mut(name)
        .ok_or("the object has no such program")?;
    if let Some(tracepoint) = tracepoint {
        let program: &mut BtfTracePoint = program.try_into()?;
        program.load(tracepoint, types)?;
        let id = program.attach()?;
        return Ok(program.take_link(id)?.into());
    }
    let program: &mut CgroupSockAddr = program.try_into()?;
    program.load()?;
    let id = program.attach(File::open(&hierarchy.root)?, CgroupAttachMode::Single)?;
    Ok(program.take_link(id)?.try_into()?)
}

/// Makes a folder of the BPF file system, and mounts that where it is not.
fn make(folder: &Path) -> Result<(), FirewallError> {
    let failed = |source| FirewallError::Pins {
        path: folder.to_owned(),
        source,
    };
    let mounts = fs::read_to_string("/proc/self/mounts").map_err(failed)?;
    let has_bpf = mounts
        .lines()
        .any(|line| line.contains(" /sys/fs/bpf bpf "));
    if folder.starts_with("/sys/fs/bpf") && !has_bpf {
        rustix::mount::mount(
            "bpf",
            "/sys/fs/bpf",
            "bpf",
            rustix::mount::MountFlags::NOSUID
                | rustix::mount::MountFlags::NODEV
                | rustix::mount::MountFlags::NOEXEC,
            None,
        )
        .map_err(|err| failed(err.into()))?;
    }
    fs::create_dir_all(folder).map_err(failed)
}

/// Takes the programs of other versions away.
fn remove_others(folder: &Path, links: &Path) -> Result<(), FirewallError> {
    let failed = |source| FirewallError::Pins {
        path: folder.to_owned(),
        source,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_links = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("links-"));
        if is_links && path != links {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
    }
    Ok(())
}

fn program_key(policy: u32, name: &str) -> Result<[u8; 128], CompileError> {
    let mut key = [0; 128];
    let bytes = name.as_bytes();
    // The last byte is the zero that ends the name.
    if bytes.len() > 123 {
        return Err(CompileError::LongName(name.to_owned()));
    }
    key[..4].copy_from_slice(&policy.to_ne_bytes());
    key[4..4 + bytes.len()].copy_from_slice(bytes);
    Ok(key)
}

/// The number of a namespace; 0 where it cannot be read, which is no namespace's.
fn namespace(path: &str) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map_or(0, |metadata| u32::try_from(metadata.ino()).unwrap_or(0))
}

/// FNV-1a: tells versions of the object apart, no more.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
