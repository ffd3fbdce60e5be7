//! The programs one by one: what each tells, where it hooks, and whether the kernel took it.

use std::fmt;

/// Which part of the sensor a program belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Processes, containers, connections, names: always asked for.
    Required,
    /// What containers use capabilities for.
    Capabilities,
    /// Single system calls. Any of them makes every system call of the node a little slower.
    Calls,
}

impl fmt::Display for Tier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Tier::Required => "required",
            Tier::Capabilities => "capabilities",
            Tier::Calls => "calls",
        })
    }
}

/// Where a program hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A tracepoint that tells its arguments by BTF.
    Tracepoint(&'static str),
    /// The root of the cgroup hierarchy, version 2.
    Cgroup(&'static str),
    /// Entry of a system call; needs tracefs.
    Call(&'static str),
    /// An iterator, run once at the start.
    Iterator(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tracepoint(name) => write!(out, "tp_btf/{name}"),
            Place::Cgroup(name) => write!(out, "cgroup/{name}"),
            Place::Call(name) => write!(out, "tp/syscalls/sys_enter_{name}"),
            Place::Iterator(name) => write!(out, "iter/{name}"),
        }
    }
}

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hook {
    /// Its name in the object.
    pub program: &'static str,
    /// Which part it belongs to.
    pub tier: Tier,
    /// Where it hooks.
    pub place: Place,
    /// What is not known without it.
    pub tells: &'static str,
}

const fn hook(program: &'static str, tier: Tier, place: Place, tells: &'static str) -> Hook {
    Hook {
        program,
        tier,
        place,
        tells,
    }
}

use Place::{Call, Cgroup, Iterator, Tracepoint};
use Tier::{Calls, Capabilities, Required};

/// Every program of the observing object.
pub const HOOKS: [Hook; 36] = [
    hook(
        "on_each_task",
        Required,
        Iterator("task"),
        "what runs already",
    ),
    hook(
        "on_cgroup_added",
        Required,
        Tracepoint("cgroup_mkdir"),
        "containers that begin",
    ),
    hook(
        "on_cgroup_removed",
        Required,
        Tracepoint("cgroup_rmdir"),
        "containers that end",
    ),
    hook(
        "on_exec",
        Required,
        Tracepoint("sched_process_exec"),
        "programs",
    ),
    hook(
        "on_fork",
        Required,
        Tracepoint("sched_process_fork"),
        "parents",
    ),
    hook(
        "on_exit",
        Required,
        Tracepoint("sched_process_exit"),
        "exits",
    ),
    hook(
        "on_tcp_state",
        Required,
        Tracepoint("inet_sock_set_state"),
        "TCP: accepted, failed, reset, bytes, latency; listening",
    ),
    hook(
        "on_connect4",
        Required,
        Cgroup("connect4"),
        "connections by IPv4",
    ),
    hook(
        "on_connect6",
        Required,
        Cgroup("connect6"),
        "connections by IPv6",
    ),
    hook(
        "on_sendmsg4",
        Required,
        Cgroup("sendmsg4"),
        "whose datagrams, IPv4",
    ),
    hook(
        "on_sendmsg6",
        Required,
        Cgroup("sendmsg6"),
        "whose datagrams, IPv6",
    ),
    hook(
        "on_bind4",
        Required,
        Cgroup("post_bind4"),
        "UDP servers, IPv4",
    ),
    hook(
        "on_bind6",
        Required,
        Cgroup("post_bind6"),
        "UDP servers, IPv6",
    ),
    hook(
        "on_egress",
        Required,
        Cgroup("skb/egress"),
        "datagrams and questions to name servers",
    ),
    hook(
        "on_ingress",
        Required,
        Cgroup("skb/ingress"),
        "datagrams and answers of name servers",
    ),
    hook(
        "on_capability",
        Capabilities,
        Tracepoint("cap_capable"),
        "use of capabilities",
    ),
    hook(
        "on_module",
        Capabilities,
        Tracepoint("module_load"),
        "kernel modules",
    ),
    hook("on_setns", Calls, Call("setns"), "entering namespaces"),
    hook("on_unshare", Calls, Call("unshare"), "leaving namespaces"),
    hook("on_mount", Calls, Call("mount"), "mounts"),
    hook(
        "on_pivot_root",
        Calls,
        Call("pivot_root"),
        "changes of the root",
    ),
    hook(
        "on_ptrace",
        Calls,
        Call("ptrace"),
        "reaching into processes",
    ),
    hook("on_bpf", Calls, Call("bpf"), "BPF by others"),
    hook(
        "on_memfd_create",
        Calls,
        Call("memfd_create"),
        "files in memory",
    ),
    hook(
        "on_init_module",
        Calls,
        Call("init_module"),
        "loading modules",
    ),
    hook(
        "on_finit_module",
        Calls,
        Call("finit_module"),
        "loading modules from files",
    ),
    hook(
        "on_io_uring_setup",
        Calls,
        Call("io_uring_setup"),
        "io_uring",
    ),
    hook(
        "on_process_vm_writev",
        Calls,
        Call("process_vm_writev"),
        "writing into processes",
    ),
    hook("on_keyctl", Calls, Call("keyctl"), "the kernel's keyrings"),
    hook("on_userfaultfd", Calls, Call("userfaultfd"), "userfaultfd"),
    hook("on_symlinkat", Calls, Call("symlinkat"), "symbolic links"),
    hook("on_linkat", Calls, Call("linkat"), "hard links"),
    hook("on_fchmodat", Calls, Call("fchmodat"), "setuid bits"),
    hook(
        "on_openat",
        Calls,
        Call("openat"),
        "opening of sensitive files",
    ),
    hook(
        "on_openat2",
        Calls,
        Call("openat2"),
        "opening of sensitive files by openat2",
    ),
    hook("on_chmod", Calls, Call("chmod"), "setuid bits by chmod"),
];

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It runs.
    Attached,
    /// The kernel refused, and why.
    Refused(String),
    /// It was not asked for.
    NotAsked,
}

/// A program and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The program.
    pub hook: Hook,
    /// What became of it.
    pub outcome: Outcome,
}
