//! A process: what it runs, where that file came from, who started it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::is_default;

/// One execution of a program on one node: node, boot, process id and start of the task. Unlike a
/// process id it is never used again. Sources bring their own; it is compared and never taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecId(pub String);

impl ExecId {
    /// The id of an exec seen by Catseye. `boot` tells boots of the node apart; `start` is the
    /// task's start in nanoseconds since then.
    pub fn new(node: &str, boot: &str, pid: u32, start: u64) -> Self {
        ExecId(format!("{node}:{boot}:{pid}:{start}"))
    }

    /// True when the source tells none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ExecId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// Where an executable file came from.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum FileOrigin {
    /// The source does not tell.
    #[default]
    Unknown,
    /// A lower layer: it is in the image.
    Image,
    /// The upper layer: written after the container started.
    Upper,
    /// An anonymous file in memory.
    Memfd,
    /// A file with no name any more.
    Deleted,
    /// A file system mounted into the container: a volume, `/dev/shm`.
    Mount,
    /// The node's own file system.
    Host,
}

/// The process that did something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// This execution.
    #[serde(skip_serializing_if = "is_default")]
    pub exec_id: ExecId,
    /// The process id on the node.
    #[serde(skip_serializing_if = "is_default")]
    pub pid: u32,
    /// The thread, where it is not the leader.
    #[serde(skip_serializing_if = "is_default")]
    pub tid: u32,
    /// The process id inside its own namespace; 1 is the container's first process.
    #[serde(skip_serializing_if = "is_default")]
    pub inner_pid: Option<u32>,
    /// The user id on the node; absent where the source does not tell.
    #[serde(skip_serializing_if = "is_default")]
    pub uid: Option<u32>,
    /// The kernel's short name of the task, at most fifteen bytes.
    #[serde(skip_serializing_if = "is_default")]
    pub comm: String,
    /// The path of the executable, as the process sees it; `memfd:NAME` for a file in memory.
    #[serde(skip_serializing_if = "is_default")]
    pub executable: String,
    /// The argument list with the program's name first.
    #[serde(skip_serializing_if = "is_default")]
    pub argv: Vec<String>,
    /// True when the argument list was longer than the sensor reads.
    #[serde(skip_serializing_if = "is_default")]
    pub argv_cut: bool,
    /// The working directory.
    #[serde(skip_serializing_if = "is_default")]
    pub cwd: String,
    /// Where the executable came from.
    #[serde(skip_serializing_if = "is_default")]
    pub origin: FileOrigin,
    /// The executable's inode.
    #[serde(skip_serializing_if = "is_default")]
    pub inode: Option<u64>,
    /// The effective capabilities, a bit each by the kernel's numbers.
    #[serde(skip_serializing_if = "is_default")]
    pub capabilities: Option<u64>,
    /// The namespaces it is in, by inode number.
    #[serde(skip_serializing_if = "is_default")]
    pub namespaces: Namespaces,
    /// When the task started.
    #[serde(skip_serializing_if = "is_default")]
    pub started: Option<Timestamp>,
    /// Who started it, nearest first.
    #[serde(skip_serializing_if = "is_default")]
    pub ancestors: Vec<Ancestor>,
}

/// A process further up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ancestor {
    /// Its execution.
    #[serde(skip_serializing_if = "is_default")]
    pub exec_id: ExecId,
    /// Its process id on the node.
    #[serde(skip_serializing_if = "is_default")]
    pub pid: u32,
    /// Its user id on the node.
    #[serde(skip_serializing_if = "is_default")]
    pub uid: Option<u32>,
    /// The kernel's short name of the task.
    #[serde(skip_serializing_if = "is_default")]
    pub comm: String,
    /// The path of its executable.
    #[serde(skip_serializing_if = "is_default")]
    pub executable: String,
    /// Its argument list with the program's name first.
    #[serde(skip_serializing_if = "is_default")]
    pub argv: Vec<String>,
}

/// Namespaces by inode number; absent where the source does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Namespaces {
    /// Process ids.
    #[serde(skip_serializing_if = "is_default")]
    pub pid: Option<u32>,
    /// Mounts.
    #[serde(skip_serializing_if = "is_default")]
    pub mount: Option<u32>,
    /// Network.
    #[serde(skip_serializing_if = "is_default")]
    pub net: Option<u32>,
    /// Users.
    #[serde(skip_serializing_if = "is_default")]
    pub user: Option<u32>,
}

impl Process {
    /// The name of the program without its folder: of the executable, else the first argument, else
    /// the task's short name. Of busybox and its like, the program that it is called as.
    pub fn program(&self) -> &str {
        program(&self.executable, &self.argv, &self.comm)
    }

    /// The nearest ancestor.
    pub fn parent(&self) -> Option<&Ancestor> {
        self.ancestors.first()
    }

    /// The argument list as one line, for reading.
    pub fn command_line(&self) -> String {
        if self.argv.is_empty() {
            self.executable.clone()
        } else {
            self.argv.join(" ")
        }
    }
}

impl Ancestor {
    /// The name of the program without its folder.
    pub fn program(&self) -> &str {
        program(&self.executable, &self.argv, &self.comm)
    }
}

/// Executables that are many programs, told apart by the name that they are called by.
const MULTI_CALL: [&str; 4] = ["busybox", "coreutils", "toybox", "uutils"];

fn program<'p>(executable: &'p str, argv: &'p [String], comm: &'p str) -> &'p str {
    let first = argv.first().map_or("", String::as_str);
    let path = [executable, first, comm]
        .into_iter()
        .find(|it| !it.is_empty())
        .unwrap_or_default();
    let name = last_part(path);
    if !MULTI_CALL.contains(&name) {
        return name;
    }
    // A login shell's name begins with a dash.
    let called = last_part(first).trim_start_matches('-');
    if !called.is_empty() && called != name {
        return called;
    }
    // `busybox wget …`
    match argv.get(1) {
        Some(applet) if !applet.starts_with('-') => last_part(applet),
        _ => name,
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_of_many_programs_is_the_one_that_it_is_called() {
        for (executable, argv, expected) in [
            ("/usr/bin/curl", "curl -s", "curl"),
            ("/usr/bin/curl", "nginx", "curl"),
            ("/bin/busybox", "nc -l", "nc"),
            ("/bin/busybox", "/bin/wget http://x", "wget"),
            ("/bin/busybox", "-sh", "sh"),
            ("/bin/busybox", "busybox wget http://x", "wget"),
            ("/bin/busybox", "busybox --list", "busybox"),
            ("/bin/busybox", "", "busybox"),
            ("", "python3 x.py", "python3"),
        ] {
            let process = Process {
                executable: executable.to_owned(),
                argv: argv.split_whitespace().map(str::to_owned).collect(),
                ..Process::default()
            };
            assert_eq!(process.program(), expected, "{executable} {argv}");
        }
    }
}
