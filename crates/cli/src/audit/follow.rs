//! Reading a log while it is being written: the tail that a hub follows logs with, and an intake behind it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_hub::intake::tail::{Progress, Tail};
use catseye_model::RedactionKey;

use super::logs::LogRead;

/// How long to wait when there is nothing new.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// How much is read before somebody else has a turn: an old log may be far behind.
const TURN: usize = 16 << 20;

/// How far each log was read, by its name.
pub(crate) type Places = BTreeMap<String, Progress>;

/// A log that is being written.
pub(super) struct Followed {
    tail: Tail,
    /// The file that the last lines came from.
    file: u64,
    intake: Intake,
}

impl Followed {
    /// Begins where an earlier run stopped, or at the start of the file, which need not be there yet.
    pub(super) fn new(path: PathBuf, key: RedactionKey, resume: Option<Progress>) -> Self {
        Followed {
            tail: Tail::new(path, resume),
            file: 0,
            intake: Intake::new(key),
        }
    }

    /// The log's name.
    pub(super) fn name(&self) -> String {
        self.tail.path().display().to_string()
    }

    /// How far it was handed on.
    pub(super) fn progress(&self) -> &Progress {
        self.tail.progress()
    }

    /// Reads what is new; false when nothing is.
    pub(super) fn poll(&mut self, on_event: &mut dyn FnMut(&Event<'_>)) -> anyhow::Result<bool> {
        let mut read = 0;
        while read < TURN {
            let lines = self
                .tail
                .new_lines()
                .with_context(|| format!("failed to follow {}", self.tail.path().display()))?;
            let Some(lines) = lines else { break };
            if self.tail.files() != self.file {
                // A record ends with its file.
                self.intake.finish(on_event);
                self.file = self.tail.files();
            }
            self.intake.feed(&lines, on_event);
            read += lines.len();
        }
        Ok(read > 0)
    }

    /// A last line without an end is read as it is.
    pub(super) fn finish(&mut self, on_event: &mut dyn FnMut(&Event<'_>)) {
        let rest = self.tail.take_rest();
        self.intake.feed(&rest, on_event);
        self.intake.finish(on_event);
    }

    /// What was read so far.
    pub(super) fn so_far(&self) -> LogRead {
        LogRead {
            name: self.name(),
            tally: self.intake.tally().clone(),
            error: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    struct Log {
        folder: tempfile::TempDir,
        followed: Followed,
        seen: Vec<String>,
    }

    impl Log {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("audit.log");
            Log {
                folder,
                followed: Followed::new(path, RedactionKey::new([0; 32]), None),
                seen: Vec::new(),
            }
        }

        fn append(&self, name: &str, text: &str) {
            let path = self.folder.path().join(name);
            let mut file = OpenOptions::new()
                .append(true)
                .create(true)
                .open(path)
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }

        fn poll(&mut self) -> bool {
            let seen = &mut self.seen;
            self.followed
                .poll(&mut |event| seen.push(event.audit_id().to_owned()))
                .unwrap()
        }
    }

    fn line(id: &str) -> String {
        format!("{{\"auditID\":\"{id}\",\"verb\":\"get\"}}\n")
    }

    #[test]
    fn a_log_is_read_as_it_grows_even_within_a_line() {
        let mut log = Log::new();
        assert!(!log.poll());
        log.append("audit.log", &line("a"));
        assert!(log.poll() && !log.poll());
        let (head, tail) = ("{\"auditID\":\"b\",", "\"verb\":\"get\"}\n");
        log.append("audit.log", head);
        log.poll();
        assert_eq!(log.seen, ["a"]);
        log.append("audit.log", tail);
        log.poll();
        assert_eq!(log.seen, ["a", "b"]);
    }

    #[test]
    fn a_record_that_its_file_cuts_does_not_swallow_the_next_file() {
        let mut log = Log::new();
        log.append("audit.log", &(line("a") + "{\"auditID\":\n"));
        while log.poll() {}
        let current = log.folder.path().join("audit.log");
        std::fs::rename(&current, log.folder.path().join("audit-1.log")).unwrap();
        log.append("audit.log", &line("d"));
        while log.poll() {}
        assert_eq!(log.seen.last().map(String::as_str), Some("d"));
    }

    #[test]
    fn a_last_line_without_an_end_is_read_when_the_run_ends_and_is_no_place_to_go_on_from() {
        let mut log = Log::new();
        log.append("audit.log", &(line("a") + line("b").trim_end()));
        while log.poll() {}
        let read = log.followed.progress().read;
        assert_eq!(read, line("a").len() as u64);
        let seen = &mut log.seen;
        log.followed
            .finish(&mut |event| seen.push(event.audit_id().to_owned()));
        assert_eq!(log.seen, ["a", "b"]);
    }

    #[test]
    fn a_file_that_is_shortened_in_place_begins_anew() {
        let mut log = Log::new();
        log.append("audit.log", &(line("a") + &line("b")));
        log.poll();
        std::fs::write(log.folder.path().join("audit.log"), line("c")).unwrap();
        log.poll();
        assert_eq!(log.seen, ["a", "b", "c"]);
    }
}
