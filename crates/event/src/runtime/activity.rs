//! What happened: one variant for each kind of thing that a sensor sees.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dns::Dns;
use super::flow::{Flow, Listen};
use super::is_default;
use super::process::Process;

/// What happened. In JSON an object with one key: `{"exec":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activity {
    /// A program began; the event's process is the program.
    Exec(Exec),
    /// A process ended.
    Exit(Exit),
    /// Connections or datagrams.
    Flow(Box<Flow>),
    /// A socket began to listen.
    Listen(Listen),
    /// A question to a name server, or its answer.
    Dns(Dns),
    /// A file was opened or changed; sensors tell the sensitive ones only.
    File(FileAccess),
    /// A file system was mounted or unmounted.
    Mount(Mount),
    /// A process left a namespace or entered one.
    Namespace(NamespaceChange),
    /// A process reached into another's memory: ptrace, `process_vm_writev`.
    Memory(MemoryAccess),
    /// `bpf(2)` was called.
    Bpf(BpfUse),
    /// A kernel module was loaded or unloaded.
    Module(ModuleChange),
    /// The kernel was asked whether a process has a capability.
    Capability(CapabilityUse),
    /// Another call of the kernel, by its name: `io_uring_setup`, `memfd_create`, `keyctl`.
    Call(Call),
    /// The sensor, or a policy of it, killed the process.
    Killed(Killed),
    /// A container began or ended.
    Container(ContainerChange),
    /// Another product judged already.
    Alert(Alert),
    /// The sensor knows that it missed something.
    Loss(Loss),
}

/// A program began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exec {
    /// The path that was asked for, where it is not the executable: a script, a link.
    #[serde(skip_serializing_if = "is_default")]
    pub asked: String,
    /// How many execs like this one the sensor folded into this event; 0 and 1 are one.
    #[serde(skip_serializing_if = "is_default")]
    pub count: u64,
    /// True for a process that ran before the sensor did.
    #[serde(skip_serializing_if = "is_default")]
    pub found_running: bool,
}

/// A process ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exit {
    /// The exit code.
    #[serde(skip_serializing_if = "is_default")]
    pub code: Option<i32>,
    /// The signal that ended it.
    #[serde(skip_serializing_if = "is_default")]
    pub signal: Option<i32>,
}

/// What was done to a file.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum FileOperation {
    /// Opened for reading only, or read.
    #[default]
    Read,
    /// Opened for writing, or written.
    Write,
    /// Made.
    Create,
    /// Removed.
    Delete,
    /// Renamed.
    Rename,
    /// A hard link to it was made.
    Link,
    /// A symbolic link to it was made.
    Symlink,
    /// Mode or owner were changed.
    Attributes,
}

/// A file was opened or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileAccess {
    /// The path, as the process sees it.
    pub path: String,
    /// What was done.
    pub operation: FileOperation,
    /// The other path of a rename or link.
    #[serde(skip_serializing_if = "is_default")]
    pub other_path: String,
    /// The new mode, where it was set.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: Option<u32>,
    /// True when the kernel refused.
    #[serde(skip_serializing_if = "is_default")]
    pub refused: bool,
    /// How many like this there were; 0 and 1 are one.
    #[serde(skip_serializing_if = "is_default")]
    pub count: u64,
}

/// What was done to a mount.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum MountOperation {
    /// `mount(2)`, `move_mount(2)`.
    #[default]
    Mount,
    /// `umount2(2)`.
    Unmount,
    /// `pivot_root(2)`.
    PivotRoot,
}

/// A file system was mounted or unmounted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// What was done.
    pub operation: MountOperation,
    /// The device or folder.
    #[serde(skip_serializing_if = "is_default")]
    pub from: String,
    /// Where to.
    #[serde(skip_serializing_if = "is_default")]
    pub target: String,
    /// The kind of the file system.
    #[serde(skip_serializing_if = "is_default")]
    pub filesystem: String,
    /// The flags of the call.
    #[serde(skip_serializing_if = "is_default")]
    pub flags: u64,
}

/// A process left a namespace or entered one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NamespaceChange {
    /// The call: `setns`, `unshare` or `clone`.
    pub call: String,
    /// Which: `mount`, `pid`, `net`, `user`, `ipc`, `uts`, `cgroup`, `time`.
    #[serde(skip_serializing_if = "is_default")]
    pub kinds: Vec<String>,
    /// Whose namespaces were entered, by process id on the node, where it is known.
    #[serde(skip_serializing_if = "is_default")]
    pub of_pid: Option<u32>,
}

/// A process reached into another's memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryAccess {
    /// The call: `ptrace`, `process_vm_readv`, `process_vm_writev`.
    pub call: String,
    /// The request of ptrace, such as `PTRACE_ATTACH`.
    #[serde(skip_serializing_if = "is_default")]
    pub request: String,
    /// The process that it was done to.
    #[serde(skip_serializing_if = "is_default")]
    pub other: Option<Box<Process>>,
}

/// `bpf(2)` was called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BpfUse {
    /// The command, such as `BPF_PROG_LOAD`.
    pub command: String,
    /// The type of the program or map, where it is known.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: String,
    /// Its name.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
}

/// A kernel module was loaded or unloaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModuleChange {
    /// Its name, where it is known.
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    /// Its file.
    #[serde(skip_serializing_if = "is_default")]
    pub path: String,
    /// True when it was unloaded.
    #[serde(skip_serializing_if = "is_default")]
    pub unloaded: bool,
}

/// The kernel was asked whether a process has a capability.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapabilityUse {
    /// The name, such as `CAP_SYS_ADMIN`.
    pub name: String,
    /// True when it had it.
    #[serde(skip_serializing_if = "is_default")]
    pub granted: bool,
    /// How many times; 0 and 1 are one.
    #[serde(skip_serializing_if = "is_default")]
    pub count: u64,
}

/// A call of the kernel that has no kind of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    /// The function, without the prefix of the architecture: `io_uring_setup`.
    pub function: String,
    /// Its arguments, as text, in order; values of secrets are not among them.
    #[serde(skip_serializing_if = "is_default")]
    pub arguments: Vec<String>,
}

/// The sensor, or a policy of it, killed the process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Killed {
    /// The rule or policy that asked for it.
    pub by: String,
    /// The signal.
    pub signal: i32,
}

/// What became of a container.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerState {
    /// It began.
    #[default]
    Started,
    /// It ended.
    Stopped,
}

/// A container began or ended; the event's subject is the container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContainerChange {
    /// Which of both.
    pub state: ContainerState,
}

/// Another product judged already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alert {
    /// Its rule.
    pub rule: String,
    /// Its priority, in its own words.
    #[serde(skip_serializing_if = "is_default")]
    pub priority: String,
    /// What it says.
    #[serde(skip_serializing_if = "is_default")]
    pub output: String,
    /// Its tags.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// The fields that it shows, as text.
    #[serde(skip_serializing_if = "is_default")]
    pub fields: BTreeMap<String, String>,
}

/// Events were lost on the event's node: nothing that is absent in the interval was surely absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// When the interval began; it ends at the event's time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub since: Option<Timestamp>,
    /// How many, by kind of event; `unknown` where the source does not tell.
    #[serde(default)]
    pub lost: BTreeMap<String, u64>,
    /// Why, such as `ring full`, `spool full`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reason: String,
}

impl Activity {
    /// The name of the kind, which is also its key in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Activity::Exec(_) => "exec",
            Activity::Exit(_) => "exit",
            Activity::Flow(_) => "flow",
            Activity::Listen(_) => "listen",
            Activity::Dns(_) => "dns",
            Activity::File(_) => "file",
            Activity::Mount(_) => "mount",
            Activity::Namespace(_) => "namespace",
            Activity::Memory(_) => "memory",
            Activity::Bpf(_) => "bpf",
            Activity::Module(_) => "module",
            Activity::Capability(_) => "capability",
            Activity::Call(_) => "call",
            Activity::Killed(_) => "killed",
            Activity::Container(_) => "container",
            Activity::Alert(_) => "alert",
            Activity::Loss(_) => "loss",
        }
    }
}
