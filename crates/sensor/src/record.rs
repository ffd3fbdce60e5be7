//! What the programs in the kernel write, read back: the twin of `bpf/record.h`.
//!
//! Records come as bytes at natural alignment without holes. They are read field by field, in the
//! order of the header file, so that no memory is reinterpreted and a short record is an error and
//! nothing worse. A test holds both sides together by the BTF in the compiled object.

use std::net::{IpAddr, Ipv6Addr};

/// The kinds of records; the numbers are those of `enum record_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Kind {
    /// A program began.
    Exec = 1,
    /// A process was made.
    Fork = 2,
    /// A process ended.
    Exit = 3,
    /// A flow was seen first.
    Flow = 4,
    /// A socket listens, or does no more.
    Listen = 5,
    /// A message to or from a name server.
    Dns = 6,
    /// A cgroup was made.
    CgroupAdded = 7,
    /// A cgroup was removed.
    CgroupRemoved = 8,
    /// A capability was asked for.
    Capability = 9,
    /// A system call that is watched.
    Call = 10,
    /// A kernel module was loaded.
    Module = 11,
    /// The firewall refused a connection.
    Denied = 12,
    /// The guard killed a program.
    Killed = 13,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 13] = [
        Kind::Exec,
        Kind::Fork,
        Kind::Exit,
        Kind::Flow,
        Kind::Listen,
        Kind::Dns,
        Kind::CgroupAdded,
        Kind::CgroupRemoved,
        Kind::Capability,
        Kind::Call,
        Kind::Module,
        Kind::Denied,
        Kind::Killed,
    ];

    /// The name in output: that of the event which it becomes.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Exec => "exec",
            Kind::Fork => "fork",
            Kind::Exit => "exit",
            Kind::Flow => "flow",
            Kind::Listen => "listen",
            Kind::Dns => "dns",
            Kind::CgroupAdded => "cgroup-added",
            Kind::CgroupRemoved => "cgroup-removed",
            Kind::Capability => "capability",
            Kind::Call => "call",
            Kind::Module => "module",
            Kind::Denied => "denied",
            Kind::Killed => "killed",
        }
    }

    fn of(number: u32) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| *kind as u32 == number)
    }
}

/// Why a record could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Fewer bytes than the kind has.
    #[error("a record of {0} bytes ends too early")]
    Short(usize),
    /// A kind that this version does not know.
    #[error("a record of unknown kind {0}")]
    Kind(u32),
}

/// What opens every record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Nanoseconds since boot.
    pub time: u64,
    /// The cgroup of the task, or of the socket where no task is meant.
    pub cgroup: u64,
    /// The process; 0 where it is not known.
    pub pid: u32,
    /// The thread.
    pub tid: u32,
    /// The parent process.
    pub parent: u32,
    /// When the process started, in nanoseconds since boot.
    pub start: u64,
    /// When the parent started.
    pub parent_start: u64,
    /// The real user id.
    pub uid: u32,
    /// Namespaces, by inode number.
    pub pid_ns: u32,
    /// The mount namespace.
    pub mnt_ns: u32,
    /// The network namespace.
    pub net_ns: u32,
    /// The user namespace.
    pub user_ns: u32,
    /// What the kind makes of it: the exit code, the capability.
    pub extra: u32,
    /// The short name of the task.
    pub comm: String,
}

/// Flags of an exec; see `bpf/record.h`.
pub mod exec_flag {
    /// Written after the image was unpacked.
    pub const UPPER: u32 = 1;
    /// Never was in a file system.
    pub const MEMFD: u32 = 2;
    /// Has no name any more.
    pub const UNLINKED: u32 = 4;
    /// What was asked for is a script.
    pub const SCRIPT: u32 = 8;
    /// The arguments did not fit.
    pub const CUT: u32 = 16;
    /// In an overlay file system.
    pub const OVERLAY: u32 = 32;
    /// On another mount than the root.
    pub const MOUNTED: u32 = 64;
    /// The beginning of the path is missing.
    pub const PATH_CUT: u32 = 128;
    /// The same was told just now: it says which program runs, and is no event.
    pub const FOLDED: u32 = 256;
}

/// A program began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecRecord {
    /// The executable's inode.
    pub inode: u64,
    /// Effective capabilities, a bit each.
    pub capabilities: u64,
    /// The device of its file system.
    pub device: u32,
    /// See [`exec_flag`].
    pub flags: u32,
    /// How many arguments there are; more than in `args` when they did not fit.
    pub argc: u32,
    /// The process id in its own namespace.
    pub inner_pid: u32,
    /// The path of the executable, links followed.
    pub path: String,
    /// The path that was asked for.
    pub asked: String,
    /// The arguments.
    pub args: Vec<String>,
}

/// Who talks to whom; the key of the flow map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    /// Whose socket.
    pub cgroup: u64,
    /// The other side.
    pub address: IpAddr,
    /// The server's port.
    pub port: u16,
    /// The number of the protocol: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// True when the other side began.
    pub inward: bool,
}

/// What the kernel counted of a flow since it is in the map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowCount {
    /// When it was seen first, in nanoseconds since boot.
    pub first: u64,
    /// When it was seen last.
    pub last: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// The sum of the times to connect, in nanoseconds.
    pub latency: u64,
    /// The longest of them.
    pub latency_max: u64,
    /// The start of the process that began it.
    pub start: u64,
    /// That process.
    pub pid: u32,
    /// Connections tried, or datagrams sent.
    pub attempts: u32,
    /// Connections made, or datagrams received.
    pub established: u32,
    /// Connections that were not made.
    pub failed: u32,
    /// Connections that a reset ended.
    pub resets: u32,
    /// Connections that ended.
    pub closed: u32,
    /// The errno of the last failure.
    pub error: u32,
    /// The short name of the process.
    pub comm: String,
}

/// A socket listens, or does no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenRecord {
    /// The own address.
    pub address: IpAddr,
    /// The own port.
    pub port: u16,
    /// The number of the protocol.
    pub protocol: u8,
    /// False when it does no more.
    pub open: bool,
}

/// A message to or from a name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsRecord {
    /// The server.
    pub server: IpAddr,
    /// Its port.
    pub port: u16,
    /// How long the message is; the payload holds at most 512 bytes of it.
    pub size: usize,
    /// True for what the server sent.
    pub answer: bool,
    /// The message.
    pub payload: Vec<u8>,
}

/// A cgroup was made or removed; the header's `cgroup` is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgroupRecord {
    /// The id of the one above.
    pub parent: u64,
    /// How deep it is.
    pub level: u32,
    /// Its path below the root of the hierarchy.
    pub path: String,
}

/// A watched system call, with the first four arguments as numbers and one as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The arguments.
    pub arguments: [u64; 4],
    /// Which; the number of `enum call`.
    pub call: u32,
    /// The argument that is a text, cut at 127 bytes.
    pub text: String,
}

/// The firewall refused a connection, or would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedRecord {
    /// What was asked for.
    pub key: FlowKey,
    /// The policy that refused.
    pub policy: u32,
    /// The flags of the guard.
    pub flags: u32,
}

/// The guard killed a program at its exec, or would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KilledRecord {
    /// The policy.
    pub policy: u32,
    /// The flag that decided.
    pub reason: u32,
    /// The flags of the guard.
    pub flags: u32,
    /// The program.
    pub path: String,
}

/// A record by its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// See [`ExecRecord`].
    Exec(Box<ExecRecord>),
    /// A process was made.
    Fork,
    /// A process ended; the header's `extra` is its code as wait(2) tells it.
    Exit,
    /// A flow was seen first.
    Flow(FlowKey),
    /// See [`ListenRecord`].
    Listen(ListenRecord),
    /// See [`DnsRecord`].
    Dns(DnsRecord),
    /// See [`CgroupRecord`].
    CgroupAdded(CgroupRecord),
    /// See [`CgroupRecord`].
    CgroupRemoved(CgroupRecord),
    /// A capability was asked for; the header's `extra` is its number, bit 31 set when refused.
    Capability,
    /// See [`CallRecord`].
    Call(CallRecord),
    /// A module, by name.
    Module(String),
    /// See [`DeniedRecord`].
    Denied(DeniedRecord),
    /// See [`KilledRecord`].
    Killed(KilledRecord),
}

impl Body {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Body::Exec(_) => Kind::Exec,
            Body::Fork => Kind::Fork,
            Body::Exit => Kind::Exit,
            Body::Flow(_) => Kind::Flow,
            Body::Listen(_) => Kind::Listen,
            Body::Dns(_) => Kind::Dns,
            Body::CgroupAdded(_) => Kind::CgroupAdded,
            Body::CgroupRemoved(_) => Kind::CgroupRemoved,
            Body::Capability => Kind::Capability,
            Body::Call(_) => Kind::Call,
            Body::Module(_) => Kind::Module,
            Body::Denied(_) => Kind::Denied,
            Body::Killed(_) => Kind::Killed,
        }
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When and who.
    pub header: Header,
    /// What.
    pub body: Body,
}

/// Reads fields one after another.
struct Fields<'a> {
    rest: &'a [u8],
    whole: usize,
}

impl<'a> Fields<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Fields {
            rest: bytes,
            whole: bytes.len(),
        }
    }

    fn bytes(&mut self, size: usize) -> Result<&'a [u8], RecordError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(size)
            .ok_or(RecordError::Short(self.whole))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let taken = self.bytes(N)?;
        Ok(taken.try_into().expect("bytes() took N"))
    }

    fn u64(&mut self) -> Result<u64, RecordError> {
        self.array().map(u64::from_ne_bytes)
    }

    fn u32(&mut self) -> Result<u32, RecordError> {
        self.array().map(u32::from_ne_bytes)
    }

    fn u16(&mut self) -> Result<u16, RecordError> {
        self.array().map(u16::from_ne_bytes)
    }

    fn u8(&mut self) -> Result<u8, RecordError> {
        Ok(self.array::<1>()?[0])
    }

    fn address(&mut self) -> Result<IpAddr, RecordError> {
        let address = Ipv6Addr::from(self.array::<16>()?);
        Ok(address
            .to_ipv4_mapped()
            .map_or(IpAddr::V6(address), IpAddr::V4))
    }

    fn text(&mut self, room: usize) -> Result<String, RecordError> {
        Ok(text(self.bytes(room)?))
    }
}

/// A text up to its closing zero. What is no UTF-8 is replaced: a name must not stop the sensor.
fn text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The size of `struct flow_key`.
pub(crate) const FLOW_KEY: usize = 32;
/// The size of `struct flow`.
pub(crate) const FLOW: usize = 104;
/// The size of `struct header`.
const HEADER: usize = 88;

/// Reads `struct flow_key`.
pub fn read_flow_key(bytes: &[u8]) -> Result<FlowKey, RecordError> {
    flow_key(&mut Fields::new(bytes))
}

fn flow_key(fields: &mut Fields<'_>) -> Result<FlowKey, RecordError> {
    let key = FlowKey {
        cgroup: fields.u64()?,
        address: fields.address()?,
        port: fields.u16()?,
        protocol: fields.u8()?,
        inward: fields.u8()? == 1,
    };
    fields.u32()?;
    Ok(key)
}

/// Reads `struct flow`.
pub fn read_flow(bytes: &[u8]) -> Result<FlowCount, RecordError> {
    let mut fields = Fields::new(bytes);
    let first = fields.u64()?;
    let last = fields.u64()?;
    let sent = fields.u64()?;
    let received = fields.u64()?;
    let latency = fields.u64()?;
    let latency_max = fields.u64()?;
    let start = fields.u64()?;
    let pid = fields.u32()?;
    let attempts = fields.u32()?;
    let established = fields.u32()?;
    let failed = fields.u32()?;
    let resets = fields.u32()?;
    let closed = fields.u32()?;
    let error = fields.u32()?;
    let _announced = fields.u32()?;
    Ok(FlowCount {
        first,
        last,
        sent,
        received,
        latency,
        latency_max,
        start,
        pid,
        attempts,
        established,
        failed,
        resets,
        closed,
        error,
        comm: fields.text(16)?,
    })
}

impl Record {
    /// Reads one record of a ring.
    pub fn read(bytes: &[u8]) -> Result<Record, RecordError> {
        let mut fields = Fields::new(bytes);
        let time = fields.u64()?;
        let cgroup = fields.u64()?;
        let kind = fields.u32()?;
        let header = Header {
            time,
            cgroup,
            pid: fields.u32()?,
            tid: fields.u32()?,
            parent: fields.u32()?,
            start: fields.u64()?,
            parent_start: fields.u64()?,
            uid: fields.u32()?,
            pid_ns: fields.u32()?,
            mnt_ns: fields.u32()?,
            net_ns: fields.u32()?,
            user_ns: fields.u32()?,
            extra: fields.u32()?,
            comm: fields.text(16)?,
        };
        debug_assert_eq!(bytes.len() - fields.rest.len(), HEADER);
        let kind = Kind::of(kind).ok_or(RecordError::Kind(kind))?;
        let body = match kind {
            Kind::Exec => Body::Exec(Box::new(exec(&mut fields)?)),
            Kind::Fork => Body::Fork,
            Kind::Exit => Body::Exit,
            Kind::Flow => Body::Flow(flow_key(&mut fields)?),
            Kind::Listen => Body::Listen(ListenRecord {
                address: fields.address()?,
                port: fields.u16()?,
                protocol: fields.u8()?,
                open: fields.u8()? == 1,
            }),
            Kind::Dns => Body::Dns(dns(&mut fields)?),
            Kind::CgroupAdded => Body::CgroupAdded(group(&mut fields)?),
            Kind::CgroupRemoved => Body::CgroupRemoved(group(&mut fields)?),
            Kind::Capability => Body::Capability,
            Kind::Call => Body::Call(call(&mut fields)?),
            Kind::Module => Body::Module(call(&mut fields)?.text),
            Kind::Denied => Body::Denied(DeniedRecord {
                key: flow_key(&mut fields)?,
                policy: fields.u32()?,
                flags: fields.u32()?,
            }),
            Kind::Killed => {
                let policy = fields.u32()?;
                let reason = fields.u32()?;
                let flags = fields.u32()?;
                fields.u32()?;
                Body::Killed(KilledRecord {
                    policy,
                    reason,
                    flags,
                    path: fields.text(124)?,
                })
            }
        };
        Ok(Record { header, body })
    }
}

fn exec(fields: &mut Fields<'_>) -> Result<ExecRecord, RecordError> {
    let inode = fields.u64()?;
    let capabilities = fields.u64()?;
    let device = fields.u32()?;
    let flags = fields.u32()?;
    let argc = fields.u32()?;
    let inner_pid = fields.u32()?;
    let path_size = usize::from(fields.u16()?);
    let asked_size = usize::from(fields.u16()?);
    let args_size = usize::from(fields.u16()?);
    fields.u16()?;
    let parts = fields.bytes(path_size)?;
    let asked = text(fields.bytes(asked_size)?);
    let listed = fields.bytes(args_size)?;
    Ok(ExecRecord {
        inode,
        capabilities,
        device,
        flags,
        argc,
        inner_pid,
        path: path(parts, &asked, flags),
        asked,
        args: if flags & exec_flag::FOLDED == 0 {
            arguments(listed, argc)
        } else {
            Vec::new()
        },
    })
}

/// Puts the parts, which come last first, together.
fn path(parts: &[u8], asked: &str, flags: u32) -> String {
    let mut names: Vec<String> = parts
        .split(|byte| *byte == 0)
        .filter(|part| !part.is_empty())
        .map(text)
        .collect();
    if flags & exec_flag::MEMFD != 0 {
        return names.into_iter().next().unwrap_or_default();
    }
    if flags & exec_flag::PATH_CUT != 0 {
        // What was asked for is whole at least, though a link may stand in it.
        return asked.to_owned();
    }
    names.reverse();
    format!("/{}", names.join("/"))
}

/// The arguments as the process was given them: a process may hold empty ones in the midst.
fn arguments(bytes: &[u8], argc: u32) -> Vec<String> {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    if bytes.is_empty() && argc == 0 {
        return Vec::new();
    }
    let most = usize::try_from(argc).unwrap_or(usize::MAX);
    bytes
        .split(|byte| *byte == 0)
        .take(most)
        .map(text)
        .collect()
}

fn dns(fields: &mut Fields<'_>) -> Result<DnsRecord, RecordError> {
    let server = fields.address()?;
    let port = fields.u16()?;
    let size = usize::from(fields.u16()?);
    let answer = fields.u8()? == 1;
    fields.bytes(3)?;
    let payload = fields.bytes(512)?;
    Ok(DnsRecord {
        server,
        port,
        size,
        answer,
        payload: payload[..size.min(512)].to_vec(),
    })
}

fn group(fields: &mut Fields<'_>) -> Result<CgroupRecord, RecordError> {
    let parent = fields.u64()?;
    let level = fields.u32()?;
    fields.u32()?;
    Ok(CgroupRecord {
        parent,
        level,
        path: fields.text(512)?,
    })
}

fn call(fields: &mut Fields<'_>) -> Result<CallRecord, RecordError> {
    let arguments = [fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?];
    let call = fields.u32()?;
    fields.u32()?;
    Ok(CallRecord {
        arguments,
        call,
        text: fields.text(128)?,
    })
}
