//! Reading a log while it is being written.
//!
//! The API server rotates by renaming and beginning a new file; `copytruncate` shortens the file in
//! place. In the first case what was written between the last look and the renaming is still there
//! under the old handle, and is read before the new file is opened.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_model::RedactionKey;

use super::logs::LogRead;

/// How long to wait when there is nothing new.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// How much is read before somebody else has a turn: an old log may be far behind.
const TURN: u64 = 16 << 20;

/// A log that is being written.
pub(super) struct Followed {
    path: PathBuf,
    open: Option<File>,
    read: u64,
    intake: Intake,
}

impl Followed {
    /// Begins at the start of the file, which need not be there yet.
    pub(super) fn new(path: PathBuf, key: RedactionKey) -> Self {
        Followed {
            path,
            open: None,
            read: 0,
            intake: Intake::new(key),
        }
    }

    /// Reads what is new; false when nothing is.
    pub(super) fn poll(&mut self, on_event: &mut dyn FnMut(&Event<'_>)) -> anyhow::Result<bool> {
        self.look(on_event)
            .with_context(|| format!("failed to follow {}", self.path.display()))
    }

    fn look(&mut self, on_event: &mut dyn FnMut(&Event<'_>)) -> io::Result<bool> {
        if self.open.is_none() && !self.reopen()? {
            return Ok(false);
        }
        if self.drain(on_event)? {
            return Ok(true);
        }
        let Some(open) = &self.open else {
            return Ok(false);
        };
        if open.metadata()?.len() < self.read {
            // Shortened in place: what follows is a new log.
            self.intake.finish(on_event);
            let mut open = open;
            open.seek(SeekFrom::Start(0))?;
            self.read = 0;
            return self.drain(on_event);
        }
        if self.was_replaced()? {
            // Once more, for what was written between the look and the renaming.
            while self.drain(on_event)? {}
            self.intake.finish(on_event);
            self.open = None;
            return Ok(self.reopen()? && self.drain(on_event)?);
        }
        Ok(false)
    }

    /// Reads on in the open file, to its end or for a turn; false when nothing is new.
    fn drain(&mut self, on_event: &mut dyn FnMut(&Event<'_>)) -> io::Result<bool> {
        let Some(open) = &mut self.open else {
            return Ok(false);
        };
        let mut chunk = vec![0; 64 << 10];
        let before = self.read;
        loop {
            let read = open.read(&mut chunk)?;
            if read == 0 {
                return Ok(self.read > before);
            }
            self.read += read as u64;
            self.intake
                .feed(chunk.get(..read).unwrap_or_default(), on_event);
            if self.read - before >= TURN {
                return Ok(true);
            }
        }
    }

    /// Opens the file under the path; false when there is none (yet, or between two rotations).
    fn reopen(&mut self) -> io::Result<bool> {
        match File::open(&self.path) {
            Ok(file) => {
                self.open = Some(file);
                self.read = 0;
                Ok(true)
            }
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(err) => Err(err),
        }
    }

    /// True when another file stands under the path now.
    #[cfg(unix)]
    fn was_replaced(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt as _;
        let Some(open) = &self.open else {
            return Ok(false);
        };
        let ours = open.metadata()?;
        match std::fs::metadata(&self.path) {
            Ok(theirs) => Ok((ours.dev(), ours.ino()) != (theirs.dev(), theirs.ino())),
            // Renamed, and nothing new there yet.
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(err) => Err(err),
        }
    }

    /// Files cannot be told apart here; a new one is noticed once it is shorter than the old one.
    #[cfg(not(unix))]
    fn was_replaced(&self) -> io::Result<bool> {
        let theirs = std::fs::metadata(&self.path).map_or(u64::MAX, |metadata| metadata.len());
        Ok(theirs < self.read)
    }

    /// A last line without an end is read as it is.
    pub(super) fn finish(&mut self, on_event: &mut dyn FnMut(&Event<'_>)) {
        self.intake.finish(on_event);
    }

    /// What was read so far.
    pub(super) fn so_far(&self) -> LogRead {
        LogRead {
            name: self.path.display().to_string(),
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
                followed: Followed::new(path, RedactionKey::new([0; 32])),
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
    fn what_was_written_before_a_renaming_is_read_before_the_new_file() {
        let mut log = Log::new();
        log.append("audit.log", &line("a"));
        log.poll();
        log.append("audit.log", &line("b"));
        let current = log.folder.path().join("audit.log");
        std::fs::rename(&current, log.folder.path().join("audit-1.log")).unwrap();
        log.append("audit-1.log", &line("c"));
        log.append("audit.log", &line("d"));
        while log.poll() {}
        while log.poll() {}
        assert_eq!(log.seen, ["a", "b", "c", "d"]);
        assert_eq!(log.followed.so_far().tally.events, 4);
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
