//! One event as rules look at it: who did what, by whom it was started, and what it says.

use std::cell::OnceCell;

use catseye_event::runtime::{
    Activity, Ancestor, Dns, FileAccess, FileOrigin, Flow, Process, RuntimeEvent,
};
use catseye_model::Inventory;

use super::config::Config;
use super::{places, programs};
use crate::audit::command::Command;

/// An event with what is known beside it.
pub struct Scene<'e> {
    pub(crate) event: &'e RuntimeEvent,
    pub(crate) config: &'e Config,
    pub(crate) inventory: Option<&'e Inventory>,
    command: OnceCell<Command>,
}

static NOBODY: std::sync::LazyLock<Process> = std::sync::LazyLock::new(Process::default);

impl<'e> Scene<'e> {
    pub(super) fn new(
        event: &'e RuntimeEvent,
        config: &'e Config,
        inventory: Option<&'e Inventory>,
    ) -> Self {
        Scene {
            event,
            config,
            inventory,
            command: OnceCell::new(),
        }
    }

    /// The process; an empty one where the source tells none.
    pub(crate) fn process(&self) -> &'e Process {
        self.event.process.as_ref().unwrap_or(&NOBODY)
    }

    /// The program's name without its folder.
    pub(crate) fn program(&self) -> &'e str {
        self.process().program()
    }

    /// The argument list.
    pub(crate) fn argv(&self) -> &'e [String] {
        &self.process().argv
    }

    /// The command line as attackers' commands are looked through.
    pub(crate) fn command(&self) -> &Command {
        self.command
            .get_or_init(|| Command::new(&self.process().command_line()))
    }

    /// The name of the program that started it.
    pub(crate) fn parent(&self) -> &'e str {
        self.process().parent().map_or("", Ancestor::program)
    }

    /// True for what runs in a container, and not for what sets one up.
    pub(crate) fn in_container(&self) -> bool {
        self.event.subject.is_container() && !self.is_container_runtime()
    }

    /// True for the steps by which a container runtime makes a container. A name alone is anybody's: what was
    /// written after the container started, or lies where everybody writes, is no runtime, and neither is
    /// what something other than a runtime has started.
    pub(crate) fn is_container_runtime(&self) -> bool {
        let process = self.process();
        let executable = process.executable.as_str();
        if matches!(process.origin, FileOrigin::Upper | FileOrigin::Deleted)
            || places::is_for_everybody(executable)
        {
            return false;
        }
        let calls_itself_so = programs::is_container_runtime(self.program())
            || process.comm.starts_with("runc:[")
            || executable.contains("runc_cloned")
            || (executable.starts_with("/proc/self/")
                && matches!(process.comm.as_str(), "exe" | "6" | ""));
        calls_itself_so
            && process.parent().is_none_or(|parent| {
                programs::is_container_runtime(parent.program())
                    || parent.program().starts_with("runc:[")
                    || matches!(parent.program(), "exe" | "6" | "systemd" | "")
            })
    }

    /// The process in words: `curl (from bash)`.
    pub(crate) fn who(&self) -> String {
        match (self.program(), self.parent()) {
            ("", _) => "something".to_owned(),
            (program, "") => program.to_owned(),
            (program, parent) => format!("{program} (started by {parent})"),
        }
    }

    /// The flow, when that is what happened.
    pub(crate) fn flow(&self) -> Option<&'e Flow> {
        match &self.event.what {
            Activity::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    /// The file, when that is what was touched.
    pub(crate) fn file(&self) -> Option<&'e FileAccess> {
        match &self.event.what {
            Activity::File(file) => Some(file),
            _ => None,
        }
    }

    /// The question to a name server, when that is what happened.
    pub(crate) fn dns(&self) -> Option<&'e Dns> {
        match &self.event.what {
            Activity::Dns(dns) => Some(dns),
            _ => None,
        }
    }

    /// Who it is about, as a key for windows.
    pub(crate) fn subject_key(&self) -> String {
        let subject = &self.event.subject;
        if !subject.container_id.is_empty() {
            subject.container_id.clone()
        } else if subject.pod.is_empty() {
            format!("{} {subject}", self.event.node)
        } else {
            format!("{}/{}", subject.namespace, subject.pod)
        }
    }

    /// A flow's peer in words: `api.example.com (203.0.113.9:443)`.
    pub(crate) fn peer_words(&self) -> String {
        let Some(flow) = self.flow() else {
            return String::new();
        };
        let address = std::net::SocketAddr::new(flow.peer, flow.port);
        match flow.name() {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        }
    }
}
