//! What an incident notes of an event: who answers for it, its id, from where and with what it came.

use catseye_event::runtime::RuntimeEvent;
use catseye_event::{Actor, Event};

/// An event, as far as incidents look at it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// What kind of actor it is about.
    pub(super) kind: &'static str,
    /// The event's id.
    pub(super) id: String,
    /// From where: an address, or a node.
    pub(super) source: String,
    /// With what: a user agent, or a pod and container.
    pub(super) agent: String,
}

impl Seen {
    /// A call to the API, by `actor`.
    pub(super) fn call(actor: &str, event: &Event<'_>) -> Self {
        // A person behind a cloud's user name, or a controller's: told by the name itself.
        let kind = Actor::of(actor, event.effective_user().in_group("system:nodes")).kind();
        Seen {
            kind: kind.name(),
            id: event.audit_id().to_owned(),
            source: event.claimed_ip().unwrap_or_default().to_owned(),
            agent: event.user_agent().to_owned(),
        }
    }

    /// Something that happened on a node.
    pub(super) fn runtime(event: &RuntimeEvent, id: String) -> Self {
        let subject = &event.subject;
        let (kind, agent) = if subject.is_container() {
            let mut place = subject.clone();
            place.workload = None;
            (WORKLOAD, place.to_string())
        } else {
            (NODE, "processes of the node".to_owned())
        };
        Seen {
            kind,
            id,
            source: event.node.clone(),
            agent,
        }
    }
}

/// The kind of an actor that is a workload.
pub(super) const WORKLOAD: &str = "workload";
/// The kind of an actor that is a node itself.
pub(super) const NODE: &str = "node processes";
