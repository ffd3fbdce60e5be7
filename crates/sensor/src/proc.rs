//! What `/proc` and the cgroup tree tell: the state before the first record, and the only source
//! where the kernel takes no programs.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catseye_event::runtime::{FileOrigin, Namespaces};

use crate::container;
use crate::groups::Groups;
use crate::narrate::Clock;
use crate::processes::{Known, Processes, Program};

/// Which cgroup hierarchy tells containers apart, and where it is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    /// Its number in the kernel; 0 is version 2.
    pub number: u32,
    /// The folder.
    pub root: PathBuf,
}

impl Hierarchy {
    /// Version 2 where it is mounted, alone or beside version 1; else the memory controller's.
    pub fn find() -> Option<Hierarchy> {
        let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
        let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        Hierarchy::among(&mounts, &groups)
    }

    /// As [`Hierarchy::find`], from the texts of `/proc/self/mounts` and `/proc/self/cgroup`.
    pub fn among(mounts: &str, groups: &str) -> Option<Hierarchy> {
        let mounted = |kind: &str, option: &str| {
            mounts.lines().find_map(|line| {
                let mut words = line.split(' ').skip(1);
                let (root, found, options) = (words.next()?, words.next()?, words.next()?);
                let fits = found == kind
                    && (option.is_empty() || options.split(',').any(|it| it == option));
                fits.then(|| PathBuf::from(root))
            })
        };
        if let Some(root) = mounted("cgroup2", "") {
            return Some(Hierarchy { number: 0, root });
        }
        let root = mounted("cgroup", "memory")?;
        let number = groups.lines().find_map(|line| {
            let (number, rest) = line.split_once(':')?;
            let (controllers, _) = rest.split_once(':')?;
            controllers
                .split(',')
                .any(|it| it == "memory")
                .then(|| number.parse().ok())?
        })?;
        Some(Hierarchy { number, root })
    }

    /// True for version 2, which connections are told by and refused on.
    pub fn is_v2(&self) -> bool {
        self.number == 0
    }

    /// The path of a process in this hierarchy, from its `/proc/PID/cgroup`.
    fn path_in<'t>(&self, groups: &'t str) -> Option<&'t str> {
        let number = self.number.to_string();
        groups.lines().find_map(|line| {
            let (found, rest) = line.split_once(':')?;
            let (_, path) = rest.split_once(':')?;
            (found == number).then_some(path)
        })
    }
}

/// Reads the tree of cgroups into `groups`. A folder's inode is the cgroup's id.
pub fn read_groups(hierarchy: &Hierarchy, groups: &mut Groups) -> io::Result<usize> {
    let root = hierarchy.root.clone();
    let id = fs::metadata(&root)?.ino();
    groups.added(id, 0, "/");
    let mut waiting = vec![(root, id)];
    let mut count = 1;
    while let Some((folder, parent)) = waiting.pop() {
        // A group that went while we looked is not there any more.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let path = entry.path();
            let below = path.strip_prefix(&hierarchy.root).unwrap_or(&path);
            let name = format!("/{}", below.to_string_lossy());
            groups.added(metadata.ino(), parent, &name);
            count += 1;
            waiting.push((path, metadata.ino()));
        }
    }
    Ok(count)
}

/// One process, as `/proc` shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The process.
    pub known: Known,
    /// Its parent.
    pub parent: u32,
    /// Its cgroup's path.
    pub group: String,
    /// Processor time used, in clock ticks.
    pub ticks: u64,
}

/// How many nanoseconds a clock tick of `/proc` is. The kernel's interface fixes it at 100 a second.
const TICK: u64 = 10_000_000;

/// Every process. Kernel threads are left out: they run no program.
pub fn read_processes(hierarchy: Option<&Hierarchy>) -> io::Result<Vec<Shown>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(shown) = read_process(&entry.path(), pid, hierarchy) {
            all.push(shown);
        }
    }
    all.sort_by_key(|shown| (shown.known.start, shown.known.pid));
    Ok(all)
}

/// One process; `None` when it went while we looked, or is a thread of the kernel.
fn read_process(folder: &Path, pid: u32, hierarchy: Option<&Hierarchy>) -> Option<Shown> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    let (comm, parent, began, ticks) = read_stat(&stat)?;
    let arguments = fs::read(folder.join("cmdline")).ok()?;
    let executable = fs::read_link(folder.join("exe"));
    if arguments.is_empty() && executable.is_err() {
        return None;
    }
    let argv: Vec<String> = arguments
        .strip_suffix(&[0])
        .unwrap_or(&arguments)
        .split(|byte| *byte == 0)
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect();
    let groups = fs::read_to_string(folder.join("cgroup")).unwrap_or_default();
    let group = hierarchy.and_then(|it| it.path_in(&groups)).unwrap_or("/");
    let namespace = |name: &str| {
        let metadata = fs::metadata(folder.join("ns").join(name)).ok()?;
        u32::try_from(metadata.ino()).ok()
    };
    let cgroup = hierarchy
        .and_then(|it| fs::metadata(it.root.join(group.trim_start_matches('/'))).ok())
        .map_or(0, |metadata| metadata.ino());
    let path = executable
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let (path, origin) = shown_origin(&path, group);
    let uid = fs::metadata(folder).map_or(0, |metadata| metadata.uid());
    let known = Known {
        pid,
        start: began,
        uid,
        inner_pid: None,
        namespaces: Namespaces {
            pid: namespace("pid"),
            mount: namespace("mnt"),
            net: namespace("net"),
            user: namespace("user"),
        },
        cgroup,
        program: Arc::new(Program {
            comm,
            executable: path,
            argv,
            origin,
            ..Program::default()
        }),
    };
    Some(Shown {
        known,
        parent,
        group: group.to_owned(),
        ticks,
    })
}

/// Short name, parent, start in nanoseconds since boot and ticks used, from `/proc/PID/stat`.
fn read_stat(stat: &str) -> Option<(String, u32, u64, u64)> {
    // The name stands in parentheses and may hold any of them.
    let (before, rest) = stat.rsplit_once(") ")?;
    let (_, comm) = before.split_once(" (")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let parent = u32::try_from(number(1)?).ok()?;
    let ticks = number(11)? + number(12)?;
    Some((comm.to_owned(), parent, number(19)? * TICK, ticks))
}

/// `/proc/PID/exe` says of files in memory and of deleted ones what they were.
fn shown_origin(path: &str, group: &str) -> (String, FileOrigin) {
    let (name, is_deleted) = match path.strip_suffix(" (deleted)") {
        Some(name) => (name, true),
        None => (path, false),
    };
    if let Some(name) = name.strip_prefix("/memfd:") {
        return (format!("memfd:{name}"), FileOrigin::Memfd);
    }
    let origin = if is_deleted {
        FileOrigin::Deleted
    } else if container::place(group).is_none() {
        FileOrigin::Host
    } else {
        FileOrigin::Unknown
    };
    (name.to_owned(), origin)
}

/// Puts what runs already into `processes`, parents first, and returns pid and start of each.
///
/// `/proc` tells the start in ticks of ten milliseconds, the kernel's records in nanoseconds. A
/// process found here is kept under the rounded start; `kernel` asks the task iterator for the
/// exact one where it can.
pub fn seed(processes: &mut Processes, shown: &[Shown], exact: impl Fn(u32) -> Option<u64>) {
    let start_of = |shown: &Shown| exact(shown.known.pid).unwrap_or(shown.known.start);
    let mut starts = std::collections::HashMap::new();
    for it in shown {
        starts.insert(it.known.pid, start_of(it));
    }
    for it in shown {
        let mut known = it.known.clone();
        known.start = start_of(it);
        let parent_start = starts.get(&it.parent).copied().unwrap_or_default();
        processes.began(known, (it.parent, parent_start));
    }
}

/// What tells this boot from others.
pub fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().chars().take(8).collect()
}

/// Sees to it that tracefs is there, through which single system calls are found: it is mounted where nobody
/// has done so, which takes `CAP_SYS_ADMIN`.
pub fn find_tracefs() -> io::Result<()> {
    const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];
    let is_there = |place: &&str| Path::new(place).join("events/syscalls").exists();
    if PLACES.iter().any(is_there) {
        return Ok(());
    }
    rustix::mount::mount(
        "tracefs",
        PLACES[0],
        "tracefs",
        rustix::mount::MountFlags::NOSUID | rustix::mount::MountFlags::NOEXEC,
        None::<&std::ffi::CStr>,
    )?;
    Ok(())
}

/// The release of the kernel; empty where it does not tell.
pub fn kernel_release() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/osrelease");
    text.unwrap_or_default().trim().to_owned()
}

/// The name of the node.
pub fn node_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// Nanoseconds since boot, suspended time included, as the records count.
pub fn since_boot() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or_default()
}

/// How the node's time stands to that of the records.
pub fn clock() -> Clock {
    let now = jiff::Timestamp::now().as_nanosecond();
    Clock {
        boot: now - i128::from(since_boot()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n\
        cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n\
        cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n";
    const V1: &str = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n\
        cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\n";
    const GROUPS: &str = "9:name=systemd:/\n4:memory:/docker/x\n0::/kubepods/y\n";

    #[test]
    fn version_two_is_taken_wherever_it_is_mounted() {
        let hierarchy = Hierarchy::among(HYBRID, GROUPS).unwrap();
        assert_eq!(hierarchy.root, Path::new("/sys/fs/cgroup/unified"));
        assert!(hierarchy.is_v2());
        assert_eq!(hierarchy.path_in(GROUPS), Some("/kubepods/y"));
    }

    #[test]
    fn without_version_two_the_memory_controller_tells() {
        let hierarchy = Hierarchy::among(V1, GROUPS).unwrap();
        assert_eq!(hierarchy.number, 4);
        assert_eq!(hierarchy.root, Path::new("/sys/fs/cgroup/memory"));
        assert_eq!(hierarchy.path_in(GROUPS), Some("/docker/x"));
    }

    #[test]
    fn a_name_may_hold_parentheses() {
        let stat = "7 (a) (b) S 3 7 7 0 -1 4194560 1 2 3 4 50 60 7 8 20 0 1 0 1234 5 6";
        let (comm, parent, began, ticks) = read_stat(stat).unwrap();
        assert_eq!((comm.as_str(), parent, ticks), ("a) (b", 3, 110));
        assert_eq!(began, 1234 * TICK);
    }

    #[test]
    fn this_process_is_shown() {
        let hierarchy = Hierarchy::find();
        let all = read_processes(hierarchy.as_ref()).unwrap();
        let own = all.iter().find(|it| it.known.pid == std::process::id());
        let own = own.expect("this process runs");
        assert!(own.known.program.executable.contains("catseye_sensor"));
    }
}
