//! An event as one line for people.

use catseye_detect::Detection;
use catseye_event::runtime::{
    Activity, ContainerState, Direction, Flow, Process, RuntimeEvent, Verdict,
};

/// What happened, without time and subject; `None` for what says nothing to people.
pub(super) fn what(event: &RuntimeEvent) -> Option<String> {
    let process = event.process.as_ref();
    let program = process.map_or("?", Process::program);
    let text = match &event.what {
        Activity::Exec(exec) => {
            let process = process?;
            let by = match process.parent() {
                Some(parent) => format!("  < {}", parent.program()),
                None => String::new(),
            };
            let already = if exec.found_running {
                " (runs already)"
            } else {
                ""
            };
            format!("{}{by}{already}", plain(&process.command_line()))
        }
        Activity::Exit(exit) => match (exit.code, exit.signal) {
            (_, Some(signal)) => format!("{program} ended by signal {signal}"),
            (Some(code), _) => format!("{program} ended with {code}"),
            _ => format!("{program} ended"),
        },
        Activity::Flow(flow) => flow_text(flow, program),
        Activity::Listen(listen) => {
            format!(
                "{program} listens on {} {}",
                listen.transport, listen.address
            )
        }
        Activity::Dns(dns) => {
            let answers: Vec<String> = dns
                .answers
                .iter()
                .filter_map(|it| it.address.map(|address| address.to_string()))
                .collect();
            match &dns.rcode {
                None => format!("{program} asks {} {}", dns.qtype, dns.name),
                Some(_) if !answers.is_empty() => {
                    format!("{} {} = {}", dns.qtype, dns.name, answers.join(" "))
                }
                Some(rcode) => format!("{} {}: {rcode}", dns.qtype, dns.name),
            }
        }
        Activity::File(file) => format!("{program} {:?} {}", file.operation, plain(&file.path)),
        Activity::Mount(mount) => format!("{program} mounts {}", plain(&mount.target)),
        Activity::Namespace(change) => {
            format!("{program} {} {}", change.call, change.kinds.join(","))
        }
        Activity::Memory(access) => format!("{program} {} {}", access.call, access.request),
        Activity::Bpf(used) => format!("{program} bpf {}", used.command),
        Activity::Module(module) => format!("{program} loads a kernel module {}", module.name),
        Activity::Capability(used) => {
            let outcome = if used.granted { "uses" } else { "was refused" };
            format!("{program} {outcome} {}", used.name)
        }
        Activity::Call(call) => {
            format!(
                "{program} {}({})",
                call.function,
                plain(&call.arguments.join(", "))
            )
        }
        Activity::Killed(killed) => format!("{program} killed by {}", killed.by),
        Activity::Container(change) => match change.state {
            ContainerState::Started => "began".to_owned(),
            ContainerState::Stopped => "ended".to_owned(),
        },
        Activity::Alert(alert) => format!("{} {}", alert.rule, alert.output),
        Activity::Loss(loss) => {
            let counts: Vec<String> = loss
                .lost
                .iter()
                .map(|(kind, count)| format!("{count} {kind}"))
                .collect();
            format!("lost {} ({})", counts.join(", "), loss.reason)
        }
    };
    Some(text)
}

fn flow_text(flow: &Flow, program: &str) -> String {
    let peer = match flow.name() {
        Some(name) => format!("{name} ({})", flow.peer),
        None => flow.peer.to_string(),
    };
    let way = match flow.direction {
        Direction::Out => format!("-> {peer}:{}", flow.port),
        Direction::In => format!(":{} <- {peer}", flow.port),
    };
    let mut words = vec![format!("{program} {way} {}", flow.transport)];
    if flow.count > 1 {
        words.push(format!("x{}", flow.count));
    }
    match flow.verdict {
        Verdict::Denied => words.push("DENIED".to_owned()),
        Verdict::Audited => words.push("would be denied".to_owned()),
        Verdict::Passed => {}
    }
    if flow.failed > 0 {
        words.push(format!("{} failed", flow.failed));
    }
    if flow.resets > 0 {
        words.push(format!("{} reset", flow.resets));
    }
    if flow.sent + flow.received > 0 {
        let (sent, received) = (bytes(flow.sent), bytes(flow.received));
        words.push(format!("{sent} out {received} in"));
    }
    words.join(" ")
}

/// A line with time and subject.
pub(super) fn line(event: &RuntimeEvent) -> Option<String> {
    let what = what(event)?;
    Some(format!(
        "{} {:9} {}: {what}",
        event.time.strftime("%H:%M:%S"),
        event.what.kind(),
        event.subject
    ))
}

/// A judgement as one line.
pub(super) fn alert(event: &RuntimeEvent, alert: &Detection) -> String {
    format!(
        "{} {:9} {}: {} {}: {}",
        event.time.strftime("%H:%M:%S"),
        "ALERT",
        event.subject,
        alert.rule,
        alert.severity,
        plain(&alert.message)
    )
}

/// Bytes in the unit that keeps them short.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut whole = count;
    let mut tenths = 0;
    while whole >= 1024 && unit + 1 < UNITS.len() {
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    if unit == 0 || whole >= 100 {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{tenths} {}", UNITS[unit])
    }
}

/// Text of processes without what would move a terminal's cursor.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for char in text.chars() {
        match char {
            '\n' | '\r' | '\t' => plain.push(' '),
            char if char.is_control() => plain.push('\u{fffd}'),
            char => plain.push(char),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_short() {
        let shown = [0, 1023, 1024, 1536, 250 * 1024, 5 << 30].map(bytes);
        assert_eq!(
            shown,
            ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "250 KiB", "5.0 GiB"]
        );
    }

    #[test]
    fn no_argument_moves_the_cursor() {
        assert_eq!(plain("a\x1b[2Jb\nc"), "a\u{fffd}[2Jb c");
    }

    #[test]
    fn an_exec_shows_its_arguments_and_its_parent() {
        let event = RuntimeEvent::from_line(
            r#"{"catseye":1,"time":"2026-11-21T10:00:00Z","subject":{"kind":"container","pod_uid":"0c1e"},
            "process":{"pid":7,"argv":["nc","-e","sh"],"executable":"/bin/nc","ancestors":[{"executable":"/bin/sh"}]},"what":{"exec":{}}}"#,
        )
        .unwrap();
        assert_eq!(
            line(&event).unwrap(),
            "10:00:00 exec      pod 0c1e: nc -e sh  < sh"
        );
    }
}
