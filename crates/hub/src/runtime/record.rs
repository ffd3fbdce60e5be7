//! A runtime event as the store keeps it.

use catseye_detect::runtime::actor;
use catseye_event::runtime::{Activity, Process, RuntimeEvent};
use catseye_store::EventRecord;

/// The source of runtime events among those that are kept.
pub(crate) const RUNTIME: &str = "runtime";
/// The longest command line that stands in a row.
const LONGEST: usize = 300;

/// The id of an event: of a program's start the execution's own, which incidents name; of all else the
/// place in the stream.
pub(crate) fn id_of(event: &RuntimeEvent, stream: &str, number: u64) -> String {
    if let (Activity::Exec(_), Some(process)) = (&event.what, &event.process)
        && !process.exec_id.is_empty()
    {
        return process.exec_id.0.clone();
    }
    format!("{}:{stream}:{number}", event.node)
}

/// The event as it is kept.
pub(crate) fn record(event: &RuntimeEvent, id: String) -> Option<EventRecord> {
    let subject = &event.subject;
    let is_container = subject.is_container();
    let (what, peer) = match &event.what {
        Activity::Flow(flow) => {
            let peer = flow
                .name()
                .map_or_else(|| flow.peer.to_string(), str::to_owned);
            (format!("{peer}:{}", flow.port), flow.peer.to_string())
        }
        Activity::Dns(dns) => (dns.name.clone(), String::new()),
        Activity::File(file) => (file.path.clone(), String::new()),
        Activity::Listen(listen) => (listen.address.to_string(), String::new()),
        _ => (String::new(), String::new()),
    };
    let program = event.process.as_ref();
    let program = program.map_or_else(String::new, Process::command_line);
    let agent = match (program.is_empty(), what.is_empty()) {
        (_, true) => program,
        (true, false) => what,
        (false, false) => format!("{program} -> {what}"),
    };
    Some(EventRecord {
        time: event.time,
        source: RUNTIME.to_owned(),
        actor: actor(subject, &event.node),
        verb: event.what.kind().to_owned(),
        resource: if is_container { "pods" } else { "nodes" }.to_owned(),
        subresource: String::new(),
        namespace: subject.namespace.clone(),
        name: if is_container {
            subject.pod.clone()
        } else {
            event.node.clone()
        },
        code: 0,
        source_ip: peer,
        user_agent: shortened(agent),
        id,
        raw: event.to_line().ok()?,
    })
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.push('…');
    }
    text
}
