//! The live picture: what matters now, on one screen.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use anstyle::{AnsiColor, Color, Style};
use catseye_event::runtime::{Activity, Direction, RuntimeEvent, Verdict};
use jiff::Timestamp;

use super::line;
use crate::output::styled;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const ALARM: Style = Style::new()
    .bold()
    .fg_color(Some(Color::Ansi(AnsiColor::Red)));

/// How many lines of each kind are kept.
const KEPT: usize = 200;

/// How many connections are kept; the longest silent go first.
const CONNECTIONS: usize = 2000;

/// Who talks to whom, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Talk {
    subject: String,
    program: String,
    inward: bool,
    peer: String,
    port: u16,
    transport: String,
}

#[derive(Debug, Clone, Default)]
struct Talked {
    count: u64,
    failed: u64,
    denied: u64,
    sent: u64,
    received: u64,
    last: Option<Timestamp>,
}

/// What is on the screen.
#[derive(Debug, Default)]
pub(super) struct Board {
    programs: VecDeque<String>,
    names: VecDeque<String>,
    alerts: VecDeque<String>,
    talks: BTreeMap<Talk, Talked>,
    seen: BTreeMap<&'static str, u64>,
    lost: u64,
}

/// What stands above the lists.
#[derive(Debug, Clone, Default)]
pub(super) struct Heading {
    /// The name of the node.
    pub(super) node: String,
    /// How it looks, in a word or two.
    pub(super) way: String,
    /// How many processes run.
    pub(super) processes: usize,
    /// How many containers run.
    pub(super) containers: usize,
    /// How long the sensor runs.
    pub(super) seconds: u64,
}

impl Board {
    /// Takes an event in.
    pub(super) fn take(&mut self, event: &RuntimeEvent) {
        *self.seen.entry(event.what.kind()).or_default() += 1;
        match &event.what {
            Activity::Exec(exec) => {
                if exec.found_running {
                    return;
                }
                keep(&mut self.programs, event);
            }
            Activity::Dns(dns) if dns.is_answer() => keep(&mut self.names, event),
            Activity::Flow(flow) => {
                let process = event.process.as_ref();
                let talk = Talk {
                    subject: event.subject.to_string(),
                    program: process.map_or("", |it| it.program()).to_owned(),
                    inward: flow.direction == Direction::In,
                    peer: flow
                        .name()
                        .map_or_else(|| flow.peer.to_string(), str::to_owned),
                    port: flow.port,
                    transport: flow.transport.to_string(),
                };
                let talked = self.talks.entry(talk).or_default();
                talked.count += flow.count;
                talked.failed += flow.failed;
                talked.denied += flow.denied;
                talked.sent += flow.sent;
                talked.received += flow.received;
                talked.last = Some(event.time);
                if flow.verdict != Verdict::Passed {
                    keep(&mut self.alerts, event);
                }
                self.forget();
            }
            Activity::Loss(loss) => {
                self.lost += loss.lost.values().sum::<u64>();
                keep(&mut self.alerts, event);
            }
            Activity::Killed(_) | Activity::Module(_) | Activity::Memory(_) | Activity::File(_) => {
                keep(&mut self.alerts, event);
            }
            _ => {}
        }
    }

    /// Something that was judged.
    pub(super) fn alert(&mut self, text: String) {
        self.alerts.push_front(text);
        self.alerts.truncate(KEPT);
    }

    fn forget(&mut self) {
        if self.talks.len() <= CONNECTIONS {
            return;
        }
        let mut times: Vec<_> = self.talks.values().map(|talked| talked.last).collect();
        times.sort_unstable();
        let middle = times[times.len() / 2];
        self.talks.retain(|_, talked| talked.last > middle);
    }

    /// The screen, `width` by `height` characters, without its last line's end.
    pub(super) fn draw(&self, heading: &Heading, width: usize, height: usize) -> String {
        let mut screen = String::new();
        let counts: Vec<String> = self
            .seen
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let title = format!(
            "{}  {} processes  {} containers  {}s  {}",
            heading.node, heading.processes, heading.containers, heading.seconds, heading.way
        );
        let _ = writeln!(screen, "{}", styled(BOLD, cut(&title, width)));
        let _ = writeln!(screen, "{}", styled(DIM, cut(&counts.join("  "), width)));
        let lists = height.saturating_sub(2 + 4);
        let alerts = self.alerts.len().min(lists / 4);
        let rest = lists - alerts;
        let talks = rest * 2 / 5;
        let names = rest / 5;
        let programs = rest - talks - names;
        section(&mut screen, "PROGRAMS", &self.programs, programs, width);
        self.connections(&mut screen, talks, width);
        section(&mut screen, "NAMES", &self.names, names, width);
        if alerts > 0 {
            let _ = writeln!(screen, "{}", styled(ALARM, "ALERTS"));
            for text in self.alerts.iter().take(alerts) {
                let _ = writeln!(screen, "{}", cut(text, width));
            }
        } else if self.lost == 0 {
            let _ = writeln!(screen, "{}", styled(DIM, "no alerts, nothing lost"));
        }
        screen.truncate(screen.trim_end_matches('\n').len());
        screen
    }

    fn connections(&self, screen: &mut String, most: usize, width: usize) {
        let _ = writeln!(screen, "{}", styled(BOLD, "CONNECTIONS"));
        let mut talks: Vec<_> = self.talks.iter().collect();
        talks.sort_by_key(|(talk, talked)| (std::cmp::Reverse(talked.last), (*talk).clone()));
        // Names share what numbers leave of the line.
        let room = width.saturating_sub(NUMBERS).clamp(20, 90);
        let (subjects, programs) = (room * 2 / 5, room / 5);
        let peers = room - subjects - programs;
        for at in 0..most {
            let Some((talk, talked)) = talks.get(at) else {
                screen.push('\n');
                continue;
            };
            let arrow = if talk.inward { "<-" } else { "->" };
            let mut text = format!(
                "{:subjects$} {:programs$} {arrow} {:peers$} {:>5} {} {:>6}x {:>9} {:>9}",
                cut(&talk.subject, subjects),
                cut(&talk.program, programs),
                cut(&talk.peer, peers),
                talk.port,
                talk.transport,
                talked.count,
                line::bytes(talked.sent),
                line::bytes(talked.received),
            );
            if talked.failed > 0 {
                let _ = write!(text, " {} failed", talked.failed);
            }
            if talked.denied > 0 {
                let _ = write!(text, " {} denied", talked.denied);
            }
            let _ = writeln!(screen, "{}", cut(&text, width));
        }
    }
}

/// The width of a connection's line without its names: arrow, port, transport, count and bytes.
const NUMBERS: usize = 44;

fn keep(list: &mut VecDeque<String>, event: &RuntimeEvent) {
    if let Some(text) = line::what(event) {
        let text = format!(
            "{} {}: {text}",
            event.time.strftime("%H:%M:%S"),
            event.subject
        );
        list.push_front(text);
        list.truncate(KEPT);
    }
}

fn section(screen: &mut String, title: &str, lines: &VecDeque<String>, most: usize, width: usize) {
    let _ = writeln!(screen, "{}", styled(BOLD, title));
    for at in 0..most {
        let text = lines.get(at).map_or("", String::as_str);
        let _ = writeln!(screen, "{}", cut(text, width));
    }
}

/// At most `width` characters, the last of them an ellipsis when some are left out.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(subject: &str, what: &str) -> RuntimeEvent {
        let line = format!(
            r#"{{"catseye":1,"time":"2026-11-21T10:00:00Z","subject":{subject},"process":{{"pid":7,"comm":"curl","argv":["curl","-s","shop.example"],"executable":"/usr/bin/curl"}},"what":{what}}}"#
        );
        RuntimeEvent::from_line(&line).unwrap()
    }

    #[test]
    fn the_screen_fits_and_shows_what_matters() {
        let mut board = Board::default();
        let subject = r#"{"kind":"container","namespace":"shop","workload":{"kind":"Deployment","name":"web"}}"#;
        board.take(&event(subject, r#"{"exec":{}}"#));
        let flow = r#"{"flow":{"direction":"out","transport":"tcp","peer":"203.0.113.9","port":443,"names":["shop.example"],"count":2,"sent":2048}}"#;
        board.take(&event(subject, flow));
        board.take(&event(subject, flow));
        board.take(&event(
            subject,
            r#"{"loss":{"lost":{"exec":5},"reason":"ring full"}}"#,
        ));
        let heading = Heading {
            node: "node-1".to_owned(),
            way: "BPF".to_owned(),
            processes: 3,
            containers: 1,
            seconds: 9,
        };
        let screen = anstream::adapter::strip_str(&board.draw(&heading, 100, 24)).to_string();
        assert_eq!(screen.lines().count(), 24);
        assert!(screen.lines().all(|line| line.chars().count() <= 100));
        let connection = screen
            .lines()
            .find(|line| line.contains("shop.example "))
            .unwrap();
        assert!(connection.contains("shop/Deployment/web"), "{connection}");
        assert!(
            connection.contains("4x") && connection.contains("4.0 KiB"),
            "{connection}"
        );
        assert!(screen.contains("lost 5 exec"));
    }
}
