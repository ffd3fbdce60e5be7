//! Watched system calls and capabilities, in the words of events.

use catseye_event::runtime::{
    Activity, BpfUse, Call, FileAccess, FileOperation, MemoryAccess, ModuleChange, Mount,
    MountOperation, NamespaceChange,
};

use crate::record::CallRecord;

/// The kinds of namespaces with their bit in the flags of clone, setns and unshare.
const NAMESPACES: [(u64, &str); 8] = [
    (0x0000_0080, "time"),
    (0x0002_0000, "mount"),
    (0x0200_0000, "cgroup"),
    (0x0400_0000, "uts"),
    (0x0800_0000, "ipc"),
    (0x1000_0000, "user"),
    (0x2000_0000, "pid"),
    (0x4000_0000, "net"),
];

/// What a call of the kernel means; the numbers are those of `enum call` in `observe.bpf.c`.
pub(crate) fn activity(call: &CallRecord) -> Activity {
    let [first, second, third, _] = call.arguments;
    let other = |function: &str, arguments: Vec<String>| {
        Activity::Call(Call {
            function: function.to_owned(),
            arguments,
        })
    };
    match call.call {
        1 => namespaces("setns", second),
        2 => namespaces("unshare", first),
        3 => Activity::Mount(Mount {
            operation: MountOperation::Mount,
            target: call.text.clone(),
            flags: call.arguments[3],
            ..Mount::default()
        }),
        4 => Activity::Mount(Mount {
            operation: MountOperation::PivotRoot,
            target: call.text.clone(),
            ..Mount::default()
        }),
        5 => Activity::Memory(MemoryAccess {
            call: "ptrace".to_owned(),
            request: ptrace_request(first),
            other: process(second),
        }),
        6 => Activity::Bpf(BpfUse {
            command: bpf_command(first),
            ..BpfUse::default()
        }),
        7 => other("memfd_create", vec![call.text.clone(), second.to_string()]),
        8 | 9 => Activity::Module(ModuleChange::default()),
        10 => other("io_uring_setup", vec![first.to_string()]),
        11 => Activity::Memory(MemoryAccess {
            call: "process_vm_writev".to_owned(),
            request: String::new(),
            other: process(first),
        }),
        12 => other("keyctl", vec![first.to_string()]),
        13 => other("userfaultfd", vec![first.to_string()]),
        14 => Activity::File(FileAccess {
            path: call.text.clone(),
            operation: FileOperation::Attributes,
            mode: u32::try_from(third).ok(),
            ..FileAccess::default()
        }),
        15 => Activity::File(FileAccess {
            path: call.text.clone(),
            operation: FileOperation::Symlink,
            ..FileAccess::default()
        }),
        16 => Activity::File(FileAccess {
            path: call.text.clone(),
            operation: FileOperation::Link,
            ..FileAccess::default()
        }),
        17 => Activity::File(FileAccess {
            path: call.text.clone(),
            operation: open_operation(third),
            ..FileAccess::default()
        }),
        // openat2 passes its flags in memory of its own.
        18 => Activity::File(FileAccess {
            path: call.text.clone(),
            ..FileAccess::default()
        }),
        19 => Activity::File(FileAccess {
            path: call.text.clone(),
            operation: FileOperation::Attributes,
            mode: u32::try_from(second).ok(),
            ..FileAccess::default()
        }),
        number => other(&format!("call {number}"), Vec::new()),
    }
}

fn process(pid: u64) -> Option<Box<catseye_event::runtime::Process>> {
    let pid = u32::try_from(pid).ok().filter(|pid| *pid != 0)?;
    Some(Box::new(catseye_event::runtime::Process {
        pid,
        ..Default::default()
    }))
}

fn namespaces(call: &str, flags: u64) -> Activity {
    let kinds = NAMESPACES
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect();
    Activity::Namespace(NamespaceChange {
        call: call.to_owned(),
        kinds,
        of_pid: None,
    })
}

/// The access mode is in the lowest two bits on every processor.
fn open_operation(flags: u64) -> FileOperation {
    match flags & 3 {
        0 => FileOperation::Read,
        _ => FileOperation::Write,
    }
}

fn ptrace_request(request: u64) -> String {
    let name = match request {
        0 => "PTRACE_TRACEME",
        1 => "PTRACE_PEEKTEXT",
        2 => "PTRACE_PEEKDATA",
        4 => "PTRACE_POKETEXT",
        5 => "PTRACE_POKEDATA",
        16 => "PTRACE_ATTACH",
        0x4206 => "PTRACE_SEIZE",
        other => return other.to_string(),
    };
    name.to_owned()
}

fn bpf_command(command: u64) -> String {
    let name = match command {
        0 => "BPF_MAP_CREATE",
        1 => "BPF_MAP_LOOKUP_ELEM",
        2 => "BPF_MAP_UPDATE_ELEM",
        3 => "BPF_MAP_DELETE_ELEM",
        4 => "BPF_MAP_GET_NEXT_KEY",
        5 => "BPF_PROG_LOAD",
        6 => "BPF_OBJ_PIN",
        7 => "BPF_OBJ_GET",
        8 => "BPF_PROG_ATTACH",
        9 => "BPF_PROG_DETACH",
        15 => "BPF_OBJ_GET_INFO_BY_FD",
        17 => "BPF_RAW_TRACEPOINT_OPEN",
        28 => "BPF_LINK_CREATE",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// Capabilities by their number in the kernel.
const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// The name of a capability.
pub(crate) fn capability(number: u32) -> String {
    let name = usize::try_from(number)
        .ok()
        .and_then(|at| CAPABILITIES.get(at));
    name.map_or_else(|| format!("CAP_{number}"), |name| (*name).to_owned())
}
