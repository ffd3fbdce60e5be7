//! Tetragon's events: a line is an object with one key `process_…`, the node and the time.
//!
//! Its kernel probes name functions; those that mean a connection, a file or a mount become the event
//! of that kind, the others stay a [`Call`].

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use super::intake::{Read, Unmapped};
use super::process::{Ancestor, ExecId, FileOrigin, Namespaces, Process};
use super::protojson::{Proto as _, number};
use super::subject::{Subject, SubjectKind, WorkloadRef};
use super::{
    Activity, Answer, BpfUse, Call, CapabilityUse, Direction, Dns, Exec, Exit, FileAccess,
    FileOperation, Flow, Killed, Listen, Loss, MemoryAccess, ModuleChange, Mount, MountOperation,
    NamespaceChange, RuntimeEvent, RuntimeSource, Transport,
};

/// True for the keys by which Tetragon names what happened.
pub(super) fn is_kind(key: &str) -> bool {
    key.starts_with("process_") || matches!(key, "rate_limit_info" | "test") || camel_kind(key)
}

fn camel_kind(key: &str) -> bool {
    key.strip_prefix("process")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Reads one record; `key` is its kind.
pub(super) fn read(record: &Value, key: &str) -> Read {
    let Some(body) = record.get(key) else {
        return Err(Unmapped::kind(key));
    };
    let kind = snake(key);
    let activity = activity(&kind, body)?;
    let whole = process(body.get_field("process"), body);
    let time = record
        .time("time")
        .or_else(|| body.get_field("process")?.time("start_time"));
    let mut event = RuntimeEvent::new(
        time.unwrap_or(jiff::Timestamp::UNIX_EPOCH),
        RuntimeSource::Tetragon,
        activity,
    );
    record.text("node_name").clone_into(&mut event.node);
    if let Some(process) = body.get_field("process") {
        event.subject = subject(process);
        event.process = Some(whole);
    }
    Ok((event, time.is_some()))
}

fn snake(key: &str) -> String {
    let mut text = String::with_capacity(key.len() + 2);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn activity(kind: &str, body: &Value) -> Result<Activity, Unmapped> {
    Ok(match kind {
        "process_exec" => Activity::Exec(Exec::default()),
        "process_exit" => Activity::Exit(Exit {
            code: body
                .number("status")
                .and_then(|it| i32::try_from(it).ok())
                .or(Some(0)),
            signal: signal(body.text("signal")),
        }),
        "process_kprobe" | "process_lsm" => {
            let name = body.text("function_name");
            if body.text("action").ends_with("SIGKILL") {
                return Ok(Activity::Killed(Killed {
                    by: body.text("policy_name").to_owned(),
                    signal: 9,
                }));
            }
            of_function(name, body)
        }
        "process_tracepoint" => {
            let event = body.text("event");
            let name = event.strip_prefix("sys_enter_").unwrap_or(event);
            of_function(name, body)
        }
        "process_uprobe" | "process_usdt" => {
            let (path, symbol) = (body.text("path"), body.text("symbol"));
            let name = if symbol.is_empty() {
                body.text("name")
            } else {
                symbol
            };
            Activity::Call(Call {
                function: format!("{path}:{name}"),
                arguments: arguments(body),
            })
        }
        "process_loader" => Activity::Call(Call {
            function: "loader".to_owned(),
            arguments: vec![body.text("path").to_owned()],
        }),
        // Of Isovalent's edition; plain Tetragon has kernel probes for these.
        "process_connect" | "process_close" | "process_accept" => {
            connection(kind, body).ok_or_else(|| Unmapped::shape(kind, "no addresses"))?
        }
        "process_listen" => {
            let ip = body.address("ip").or_else(|| body.address("source_ip"));
            let port = body.port("port").or_else(|| body.port("source_port"));
            let (Some(ip), Some(port)) = (ip, port) else {
                return Err(Unmapped::shape(kind, "no address"));
            };
            Activity::Listen(Listen {
                transport: transport(body.text("protocol")),
                address: SocketAddr::new(ip, port),
            })
        }
        "process_dns" => {
            let dns = body.get_field("dns").unwrap_or(body);
            let names = dns.texts("names");
            let name = names
                .first()
                .cloned()
                .unwrap_or_else(|| dns.text("query").to_owned());
            if name.is_empty() {
                return Err(Unmapped::shape(kind, "no name"));
            }
            let answers: Vec<Answer> = dns
                .texts("ips")
                .iter()
                .filter_map(|ip| ip.parse().ok())
                .map(|address: IpAddr| Answer {
                    address: Some(address),
                    ..Answer::default()
                })
                .collect();
            Activity::Dns(Dns {
                name: plain_name(&name),
                qtype: dns
                    .texts("question_types")
                    .into_iter()
                    .next()
                    .unwrap_or_default(),
                rcode: dns
                    .number("rcode")
                    .filter(|_| dns.get_field("response").is_some() || !answers.is_empty())
                    .map(rcode),
                answers,
                server: None,
                count: 0,
            })
        }
        "rate_limit_info" => Activity::Loss(Loss {
            since: None,
            lost: BTreeMap::from([(
                "unknown".to_owned(),
                body.number("number_of_dropped_process_events")
                    .unwrap_or_default(),
            )]),
            reason: "rate limit of Tetragon".to_owned(),
        }),
        "process_throttle" => Activity::Loss(Loss {
            since: None,
            lost: BTreeMap::new(),
            reason: format!("Tetragon: {}", body.text("type")),
        }),
        other => return Err(Unmapped::kind(other)),
    })
}

fn connection(kind: &str, body: &Value) -> Option<Activity> {
    let incoming = kind == "process_accept";
    let (local, local_port) = (body.address("source_ip"), body.port("source_port"));
    let (peer, peer_port) = (
        body.address("destination_ip")?,
        body.port("destination_port").unwrap_or(0),
    );
    let mut flow = Flow::to(
        transport(body.text("protocol")),
        SocketAddr::new(peer, peer_port),
    );
    flow.local = local;
    flow.client_port = local_port;
    if incoming {
        flow.direction = Direction::In;
        flow.port = local_port.unwrap_or(0);
        flow.client_port = Some(peer_port);
    }
    flow.names = body
        .texts("destination_names")
        .iter()
        .map(|it| plain_name(it))
        .collect();
    if kind == "process_close" {
        // The connection itself was told when it began.
        flow.count = 0;
    }
    if let Some(stats) = body.get_field("stats") {
        flow.sent = stats.number("bytes_sent").unwrap_or_default();
        flow.received = stats.number("bytes_received").unwrap_or_default();
    }
    Some(Activity::Flow(Box::new(flow)))
}

/// The event that a call of a kernel function means.
fn of_function(name: &str, body: &Value) -> Activity {
    let function = plain_function(name);
    let known = match function {
        "tcp_connect"
        | "tcp_v4_connect"
        | "tcp_v6_connect"
        | "security_socket_connect"
        | "socket_connect"
        | "connect"
        | "udp_sendmsg"
        | "ip4_datagram_connect"
        | "udp_send_skb"
        | "tcp_sendmsg"
        | "tcp_close" => flow_out(function, body),
        "inet_csk_accept" | "security_sock_rcv_skb" => flow_in(body),
        "inet_csk_listen_start"
        | "security_socket_listen"
        | "socket_listen"
        | "security_socket_bind"
        | "socket_bind"
        | "inet_listen" => listen(body),
        "cap_capable" | "security_capable" | "capable" => body
            .list("args")
            .iter()
            .find_map(|it| it.get_field("capability_arg"))
            .map(|it| {
                let name = it.text("name");
                let number = it.number("value").unwrap_or_default();
                Activity::Capability(CapabilityUse {
                    name: if name.is_empty() {
                        format!("CAP_{number}")
                    } else {
                        name.to_owned()
                    },
                    granted: body
                        .path(&["return", "int_arg"])
                        .and_then(Value::as_i64)
                        .is_none_or(|it| it == 0),
                    count: 1,
                })
            }),
        "mount" | "security_sb_mount" | "sb_mount" | "move_mount" => {
            let mut texts = texts(body).into_iter();
            Some(Activity::Mount(Mount {
                operation: MountOperation::Mount,
                from: texts.next().unwrap_or_default(),
                target: texts.next().unwrap_or_default(),
                filesystem: texts.next().unwrap_or_default(),
                flags: body
                    .list("args")
                    .iter()
                    .find_map(|it| it.number("size_arg"))
                    .unwrap_or_default(),
            }))
        }
        "umount" | "umount2" | "security_sb_umount" => Some(Activity::Mount(Mount {
            operation: MountOperation::Unmount,
            target: texts(body).into_iter().next().unwrap_or_default(),
            ..Mount::default()
        })),
        "pivot_root" | "security_sb_pivotroot" => Some(Activity::Mount(Mount {
            operation: MountOperation::PivotRoot,
            target: texts(body).into_iter().next().unwrap_or_default(),
            ..Mount::default()
        })),
        "setns" | "unshare" | "create_user_ns" | "userns_create" => {
            let flags = integers(body);
            let flags = if function == "setns" {
                flags.get(1)
            } else {
                flags.first()
            };
            let mut kinds = namespaces_of(flags.copied().unwrap_or_default());
            if function.ends_with("user_ns") || function == "userns_create" {
                kinds = vec!["user".to_owned()];
            }
            Some(Activity::Namespace(NamespaceChange {
                call: if function == "setns" {
                    "setns"
                } else {
                    "unshare"
                }
                .to_owned(),
                kinds,
                of_pid: None,
            }))
        }
        "ptrace"
        | "security_ptrace_access_check"
        | "ptrace_access_check"
        | "process_vm_writev"
        | "process_vm_readv" => Some(Activity::Memory(MemoryAccess {
            call: if function.contains("ptrace") {
                "ptrace"
            } else {
                function
            }
            .to_owned(),
            request: if function == "ptrace" {
                integers(body)
                    .first()
                    .map_or_else(String::new, |it| ptrace_request(*it))
            } else {
                String::new()
            },
            other: None,
        })),
        "bpf"
        | "bpf_check"
        | "security_bpf"
        | "security_bpf_prog_load"
        | "bpf_prog_load"
        | "security_bpf_map_alloc"
        | "security_bpf_map_create" => {
            let attribute = body.list("args").iter().find_map(|it| {
                it.get_field("bpf_attr_arg")
                    .or_else(|| it.get_field("bpf_prog_arg"))
            });
            let command = match integers(body).first() {
                Some(5) => "BPF_PROG_LOAD".to_owned(),
                _ if attribute.is_some() => "BPF_PROG_LOAD".to_owned(),
                Some(0) | None => "BPF_MAP_CREATE".to_owned(),
                Some(command) => format!("command {command}"),
            };
            Some(Activity::Bpf(BpfUse {
                command,
                kind: attribute.map_or_else(String::new, |it| it.text("ProgType").to_owned()),
                name: attribute.map_or_else(String::new, |it| it.text("ProgName").to_owned()),
            }))
        }
        "init_module"
        | "finit_module"
        | "do_init_module"
        | "security_kernel_module_request"
        | "kernel_module_request"
        | "security_kernel_read_file"
        | "delete_module"
        | "free_module"
        | "find_module_sections" => {
            let module = body
                .list("args")
                .iter()
                .find_map(|it| it.get_field("module_arg"));
            let path = texts(body).into_iter().next().unwrap_or_default();
            Some(Activity::Module(ModuleChange {
                name: module.map_or_else(String::new, |it| it.text("name").to_owned()),
                path,
                unloaded: matches!(function, "delete_module" | "free_module"),
            }))
        }
        _ => file(function, body),
    };
    known.unwrap_or_else(|| {
        Activity::Call(Call {
            function: function.to_owned(),
            arguments: arguments(body),
        })
    })
}

fn file(function: &str, body: &Value) -> Option<Activity> {
    let operation = match function {
        "open" | "openat" | "openat2" | "fd_install" | "security_file_open" | "file_open"
        | "do_filp_open" | "read" | "vfs_read" => FileOperation::Read,
        "security_file_permission" | "file_permission" | "security_mmap_file" => {
            match integers(body).first() {
                // MAY_WRITE and MAY_APPEND.
                Some(mask) if mask & 0xa != 0 => FileOperation::Write,
                _ => FileOperation::Read,
            }
        }
        "write" | "vfs_write" | "truncate" | "security_path_truncate" | "path_truncate" => {
            FileOperation::Write
        }
        "creat" | "security_inode_create" | "mknod" | "mknodat" => FileOperation::Create,
        "unlink" | "unlinkat" | "security_path_unlink" | "security_inode_unlink" | "vfs_unlink" => {
            FileOperation::Delete
        }
        "rename" | "renameat" | "renameat2" | "security_path_rename" | "security_inode_rename" => {
            FileOperation::Rename
        }
        "link" | "linkat" | "security_inode_link" | "security_path_link" | "path_link" => {
            FileOperation::Link
        }
        "symlink" | "symlinkat" | "security_inode_symlink" | "security_path_symlink" => {
            FileOperation::Symlink
        }
        "chmod" | "fchmodat" | "chown" | "fchownat" | "security_path_chmod" | "path_chmod" => {
            FileOperation::Attributes
        }
        _ => return None,
    };
    let mut paths = texts(body).into_iter();
    let mut path = paths.next()?;
    if !path.starts_with('/') && !path.contains(':') {
        // Old versions leave out the first stroke.
        path.insert(0, '/');
    }
    Some(Activity::File(FileAccess {
        path,
        operation,
        other_path: paths.next().unwrap_or_default(),
        mode: None,
        refused: false,
        count: 1,
    }))
}

fn flow_out(function: &str, body: &Value) -> Option<Activity> {
    let end = peer(body)?;
    let mut flow = Flow::to(
        end.transport,
        SocketAddr::new(end.destination?, end.destination_port),
    );
    flow.local = end.source;
    flow.client_port = (end.source_port > 0).then_some(end.source_port);
    if function.starts_with("udp") {
        flow.transport = Transport::Udp;
    }
    if matches!(function, "tcp_sendmsg" | "tcp_close") {
        flow.count = 0;
        flow.sent = body
            .list("args")
            .iter()
            .find_map(|it| it.number("size_arg").or_else(|| it.number("int_arg")))
            .unwrap_or_default();
    }
    Some(Activity::Flow(Box::new(flow)))
}

fn flow_in(body: &Value) -> Option<Activity> {
    let end = peer(body)?;
    let mut flow = Flow::to(
        end.transport,
        SocketAddr::new(end.destination?, end.source_port),
    );
    flow.direction = Direction::In;
    flow.local = end.source;
    flow.client_port = Some(end.destination_port);
    Some(Activity::Flow(Box::new(flow)))
}

fn listen(body: &Value) -> Option<Activity> {
    let end = peer(body)?;
    let (address, port) = match end.destination.filter(|_| end.source.is_none()) {
        Some(address) => (address, end.destination_port),
        None => (end.source?, end.source_port),
    };
    Some(Activity::Listen(Listen {
        transport: end.transport,
        address: SocketAddr::new(address, port),
    }))
}

/// The two ends of a socket, as its owner sees them.
struct Ends {
    transport: Transport,
    source: Option<IpAddr>,
    source_port: u16,
    destination: Option<IpAddr>,
    destination_port: u16,
}

fn peer(body: &Value) -> Option<Ends> {
    let of = |value: &Value| Ends {
        transport: transport(value.text("protocol")),
        source: value.address("saddr"),
        source_port: value.port("sport").unwrap_or(0),
        destination: value.address("daddr"),
        destination_port: value.port("dport").unwrap_or(0),
    };
    let arguments = || body.list("args").iter().chain(body.get_field("return"));
    let socket = arguments()
        .find_map(|it| it.get_field("sock_arg").or_else(|| it.get_field("skb_arg")))
        .map(of);
    // The address that was asked for says more than a socket that is not connected yet.
    let asked = arguments().find_map(|it| it.get_field("sockaddr_arg"));
    match asked {
        Some(asked) => {
            let mut ends = socket.unwrap_or(Ends {
                transport: Transport::Tcp,
                source: None,
                source_port: 0,
                destination: None,
                destination_port: 0,
            });
            ends.destination = asked.address("addr");
            ends.destination_port = asked.port("port").unwrap_or(0);
            Some(ends)
        }
        None => socket,
    }
}

fn transport(protocol: &str) -> Transport {
    if protocol.contains("UDP") {
        Transport::Udp
    } else if protocol.contains("SCTP") {
        Transport::Sctp
    } else if protocol.contains("ICMP") {
        Transport::Icmp
    } else {
        Transport::Tcp
    }
}

/// Paths and texts among the arguments, in order. Bytes are not among them: they may be anything that
/// was read or written.
fn texts(body: &Value) -> Vec<String> {
    let mut texts: Vec<String> = body
        .list("args")
        .iter()
        .filter_map(|argument| {
            ["path_arg", "file_arg", "linux_binprm_arg"]
                .iter()
                .find_map(|name| argument.get_field(name))
                .map(|it| it.text("path").to_owned())
                .or_else(|| {
                    let text = argument.get_field("string_arg")?.as_str()?;
                    Some(text.to_owned())
                })
        })
        .filter(|it| !it.is_empty())
        .collect();
    if let Some(path) = body.get_field("path").and_then(Value::as_str)
        && texts.is_empty()
    {
        texts.push(path.to_owned());
    }
    texts
}

fn integers(body: &Value) -> Vec<i64> {
    let signed = |value: &Value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    body.list("args")
        .iter()
        .filter_map(|argument| {
            ["int_arg", "uint_arg", "long_arg", "size_arg"]
                .iter()
                .find_map(|name| argument.get_field(name))
                .and_then(signed)
        })
        .collect()
}

/// All arguments as text, without contents of files and of memory.
fn arguments(body: &Value) -> Vec<String> {
    let numbers = integers(body).into_iter().map(|it| it.to_string());
    texts(body).into_iter().chain(numbers).collect()
}

/// The function without what the architecture adds.
fn plain_function(name: &str) -> &str {
    let name = ["__x64_", "__arm64_", "__ia32_", "__se_", "__do_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    name.strip_prefix("__sys_")
        .or_else(|| name.strip_prefix("sys_"))
        .unwrap_or(name)
}

fn namespaces_of(flags: i64) -> Vec<String> {
    const KINDS: [(i64, &str); 8] = [
        (0x0000_0080, "time"),
        (0x0002_0000, "mount"),
        (0x0200_0000, "cgroup"),
        (0x0400_0000, "uts"),
        (0x0800_0000, "ipc"),
        (0x1000_0000, "user"),
        (0x2000_0000, "pid"),
        (0x4000_0000, "net"),
    ];
    KINDS
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

fn ptrace_request(number: i64) -> String {
    match number {
        0 => "PTRACE_TRACEME".to_owned(),
        4 => "PTRACE_POKETEXT".to_owned(),
        5 => "PTRACE_POKEDATA".to_owned(),
        13 => "PTRACE_SETREGS".to_owned(),
        16 => "PTRACE_ATTACH".to_owned(),
        0x4206 => "PTRACE_SEIZE".to_owned(),
        number => format!("request {number}"),
    }
}

fn signal(name: &str) -> Option<i32> {
    Some(match name {
        "SIGHUP" => 1,
        "SIGINT" => 2,
        "SIGQUIT" => 3,
        "SIGILL" => 4,
        "SIGABRT" => 6,
        "SIGBUS" => 7,
        "SIGKILL" => 9,
        "SIGSEGV" => 11,
        "SIGPIPE" => 13,
        "SIGTERM" => 15,
        "" => return None,
        // Which one, the number does not say any more.
        _ => 0,
    })
}

pub(super) fn rcode(number: u64) -> String {
    match number {
        0 => "NOERROR".to_owned(),
        1 => "FORMERR".to_owned(),
        2 => "SERVFAIL".to_owned(),
        3 => "NXDOMAIN".to_owned(),
        4 => "NOTIMP".to_owned(),
        5 => "REFUSED".to_owned(),
        number => format!("RCODE{number}"),
    }
}

/// A name of DNS in lower case without the dot at the end.
pub(super) fn plain_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn process(value: Option<&Value>, body: &Value) -> Process {
    let Some(value) = value else {
        return Process::default();
    };
    let mut ancestors: Vec<Ancestor> = body.get_field("parent").map(ancestor).into_iter().collect();
    ancestors.extend(body.list("ancestors").iter().map(ancestor));
    let binary = value.text("binary");
    if ancestors.is_empty() && !value.text("parent_exec_id").is_empty() {
        ancestors.push(Ancestor {
            exec_id: ExecId(value.text("parent_exec_id").to_owned()),
            ..Ancestor::default()
        });
    }
    let inode = value.path(&["binary_properties", "file", "inode"]);
    let namespace = |name: &str| value.path(&["ns", name]).and_then(|it| it.number32("inum"));
    Process {
        exec_id: ExecId(value.text("exec_id").to_owned()),
        pid: value.number32("pid").unwrap_or_default(),
        tid: value.number32("tid").unwrap_or_default(),
        inner_pid: value
            .path(&["pod", "container"])
            .and_then(|it| it.number32("pid")),
        uid: value.number32("uid"),
        comm: String::new(),
        executable: binary.to_owned(),
        argv: argv(binary, value.text("arguments")),
        argv_cut: value.text("flags").contains("truncArgs"),
        cwd: value.text("cwd").to_owned(),
        origin: origin(binary, inode),
        inode: inode.and_then(|it| it.number("number")),
        capabilities: capabilities(value.path(&["cap", "effective"])),
        namespaces: Namespaces {
            pid: namespace("pid"),
            mount: namespace("mnt"),
            net: namespace("net"),
            user: namespace("user"),
        },
        started: value.time("start_time"),
        ancestors,
    }
}

fn origin(binary: &str, inode: Option<&Value>) -> FileOrigin {
    if binary.starts_with("memfd:") || binary.starts_with("/memfd:") {
        FileOrigin::Memfd
    } else if inode.is_some_and(|it| it.get_field("links").and_then(number) == Some(0)) {
        FileOrigin::Deleted
    } else {
        FileOrigin::Unknown
    }
}

fn ancestor(value: &Value) -> Ancestor {
    let binary = value.text("binary");
    Ancestor {
        exec_id: ExecId(value.text("exec_id").to_owned()),
        pid: value.number32("pid").unwrap_or_default(),
        uid: value.number32("uid"),
        comm: String::new(),
        executable: binary.to_owned(),
        argv: argv(binary, value.text("arguments")),
    }
}

/// The argument list of a line in which arguments with blanks stand in quotes.
pub(super) fn argv(program: &str, arguments: &str) -> Vec<String> {
    let mut list = Vec::new();
    if !program.is_empty() {
        list.push(program.to_owned());
    }
    let mut word = String::new();
    let mut quoted = false;
    let mut any = false;
    for c in arguments.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            c if c.is_whitespace() && !quoted => {
                if any {
                    list.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    if any {
        list.push(word);
    }
    super::secrets::redact_arguments(&mut list);
    list
}

fn subject(process: &Value) -> Subject {
    let docker = process.text("docker");
    let Some(pod) = process.get_field("pod") else {
        if docker.is_empty() {
            return Subject::host();
        }
        return Subject {
            kind: SubjectKind::Container,
            container_id: docker.to_owned(),
            ..Subject::default()
        };
    };
    let container = pod.get_field("container").unwrap_or(&Value::Null);
    let id = container.text("id");
    let id = id.split_once("://").map_or(id, |(_, id)| id);
    let image_id = container
        .path(&["image", "id"])
        .and_then(Value::as_str)
        .unwrap_or_default();
    let workload = pod.text("workload");
    let mut labels: Vec<String> = pod
        .get_field("pod_labels")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    labels.sort();
    Subject {
        kind: SubjectKind::Container,
        container_id: if id.is_empty() { docker } else { id }.to_owned(),
        pod_uid: pod.text("uid").to_owned(),
        namespace: pod.text("namespace").to_owned(),
        pod: pod.text("name").to_owned(),
        workload: (!workload.is_empty()).then(|| WorkloadRef {
            kind: pod.text("workload_kind").to_owned(),
            name: workload.to_owned(),
        }),
        container: container.text("name").to_owned(),
        image: container
            .path(&["image", "name"])
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        image_digest: image_id
            .split_once('@')
            .map_or("", |(_, digest)| digest)
            .to_owned(),
        labels,
        ..Subject::default()
    }
}

const CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

fn capabilities(names: Option<&Value>) -> Option<u64> {
    let names = names?.as_array()?;
    let bits = names
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|name| {
            let name = name.strip_prefix("CAP_").unwrap_or(name);
            CAPABILITIES.iter().position(|known| *known == name)
        })
        .fold(0, |bits, number| bits | 1_u64 << number);
    Some(bits)
}
