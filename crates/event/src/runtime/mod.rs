//! What runs and talks on the nodes, as events: processes, connections, names, files.
//!
//! ```text
//!  Catseye's sensor ─┐
//!  Tetragon ─────────┤
//!  Falco ────────────┼─► intake ─► RuntimeEvent { time, node, source, subject, process, what }
//!  Hubble ───────────┤
//!  /proc, sampled ───┘
//! ```
//!
//! A [`RuntimeEvent`] owns its texts and is one JSON object on one line, in files and on the wire alike
//! (`docs/runtime-events.md`). What a source does not tell is absent, and absent means *not known*.
//! Times are those of the node; numbers of bytes and calls count the interval of the event alone.

mod activity;
mod dns;
mod falco;
mod flow;
mod hubble;
mod intake;
mod origin;
mod process;
mod protojson;
mod secrets;
mod subject;
mod tetragon;

pub use activity::{
    Activity, Alert, BpfUse, Call, CapabilityUse, ContainerChange, ContainerState, Exec, Exit,
    FileAccess, FileOperation, Killed, Loss, MemoryAccess, ModuleChange, Mount, MountOperation,
    NamespaceChange,
};
pub use dns::{Answer, Dns};
pub use flow::{Direction, Flow, Latency, Listen, Transport, Verdict};
pub use intake::{RuntimeIntake, RuntimeTally, Sink};
pub use origin::RuntimeSource;
pub use process::{Ancestor, ExecId, FileOrigin, Namespaces, Process};
pub use secrets::{redact_arguments, redact_text};
pub use subject::{Subject, SubjectKind, WorkloadRef};

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of the JSON form that this program writes. A reader takes any version up to it.
pub const FORMAT: u32 = 1;

/// Something that happened on a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuntimeEvent {
    /// The version of the form; first on the line, so that readers tell the format by the first bytes.
    #[serde(rename = "catseye")]
    pub format: u32,
    /// When it happened; for what was counted over an interval, when the interval ended.
    pub time: Timestamp,
    /// The name of the node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// Who saw it.
    #[serde(default)]
    pub source: RuntimeSource,
    /// The container, pod and workload, as far as it is known.
    #[serde(default, skip_serializing_if = "Subject::is_unknown")]
    pub subject: Subject,
    /// The process that did it; for an exec, as it is after the exec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
    /// What happened.
    pub what: Activity,
}

impl RuntimeEvent {
    /// An event of which nothing is known but when, by whom and what.
    pub fn new(time: Timestamp, source: RuntimeSource, what: Activity) -> Self {
        RuntimeEvent {
            format: FORMAT,
            time,
            node: String::new(),
            source,
            subject: Subject::default(),
            process: None,
            what,
        }
    }

    /// The event as one line of JSON, without the end of the line.
    pub fn to_line(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads one line of our own form.
    pub fn from_line(line: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}

/// True for the value that a field has when nothing is known; such fields are not written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
