//! The logs that `catseye audit` reads: which files, in which order, and every event in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use catseye_event::Event;
use catseye_event::intake::{Intake, Tally};
use catseye_model::RedactionKey;
use catseye_report::scan::{Level, Notice, NoticeKind};

use super::follow::{Followed, Places};
use super::unpack::unpacked;
use crate::{output, progress};

/// How long events may come without a pause.
const BUSY: Duration = Duration::from_secs(1);

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// Which logs to read.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// Audit logs, in any shape, plain or packed (gzip, zstd); a folder stands for the files in it,
    /// oldest rotation first; `-` reads standard input
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
}

/// What became of one log.
#[derive(Debug)]
pub(crate) struct LogRead {
    /// Its path as it was given.
    pub(crate) name: String,
    /// What was in it.
    pub(crate) tally: Tally,
    /// Why reading it ended early.
    pub(crate) error: Option<io::Error>,
}

impl LogRead {
    /// What the reader has to know of this log: what could not be read, and where it begins.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let notice = |line: Option<u64>, message: String| Notice {
            level: Level::Error,
            kind: NoticeKind::Unreadable,
            file: Some(self.name.clone()),
            line: line.and_then(|line| u32::try_from(line).ok()),
            column: None,
            message,
        };
        let mut notices: Vec<Notice> = self
            .tally
            .unreadable
            .iter()
            .map(|(cause, unreadable)| {
                let records = if unreadable.count == 1 {
                    "record gives"
                } else {
                    "records give"
                };
                let colon = if unreadable.detail.is_empty() {
                    ""
                } else {
                    ": "
                };
                let message = format!(
                    "{} {records} no event ({}{colon}{}); the first is at byte {}",
                    unreadable.count,
                    cause.name(),
                    unreadable.detail,
                    unreadable.first.byte,
                );
                notice(Some(unreadable.first.line), message)
            })
            .collect();
        if let Some(err) = &self.error {
            notices.push(notice(None, format!("reading ended early: {err}")));
        }
        notices
    }

    /// True when everything in the log was understood.
    pub(crate) fn is_complete(&self) -> bool {
        self.tally.unreadable.is_empty() && self.error.is_none()
    }
}

impl LogArgs {
    /// Hands every event of the logs to `on_event`, showing progress on a terminal.
    pub(crate) fn for_each_event(
        &self,
        on_event: &mut dyn FnMut(&Event<'_>),
    ) -> anyhow::Result<Vec<LogRead>> {
        self.for_each_event_under(&redaction_key()?, on_event)
    }

    /// The same with values of Secrets hashed under a key of the caller's, who compares them.
    pub(crate) fn for_each_event_under(
        &self,
        key: &RedactionKey,
        on_event: &mut dyn FnMut(&Event<'_>),
    ) -> anyhow::Result<Vec<LogRead>> {
        let files = files(&self.logs)?;
        let total: u64 = files
            .iter()
            .filter_map(|file| file.metadata().ok())
            .map(|metadata| metadata.len())
            .sum();
        let mut read = Vec::new();
        progress::shown("reading logs, MiB", mebibytes(total), |progress| {
            let mut before = 0;
            for file in &files {
                let log = read_log(file, key, on_event, &mut |bytes| {
                    progress.at(mebibytes(before + bytes));
                })?;
                before += file.metadata().map_or(0, |metadata| metadata.len());
                read.push(log);
            }
            anyhow::Ok(())
        })?;
        Ok(read)
    }

    /// Hands every event to `on_event` as it is written, through rotations, and calls `on_pause`
    /// whenever there is nothing new, and every second while there is, with how far it came; ends when that
    /// says so. `resume` is how far an earlier run came.
    pub(crate) fn follow(
        &self,
        on_event: &mut dyn FnMut(&Event<'_>),
        resume: &Places,
        on_pause: &mut dyn FnMut(&Places) -> Follow,
    ) -> anyhow::Result<Vec<LogRead>> {
        let key = redaction_key()?;
        let mut followed = Vec::new();
        for log in &self.logs {
            if log.as_os_str() == "-" || log.is_dir() {
                bail!(
                    "{} cannot be followed; name the file that is being written",
                    log.display()
                );
            }
            let known = resume.get(&log.display().to_string()).cloned();
            if let Some(known) = &known {
                anstream::eprintln!(
                    "{}: going on behind byte {}, where the last run stopped",
                    log.display(),
                    known.read
                );
            }
            followed.push(Followed::new(log.clone(), key.clone(), known));
        }
        let mut paused = Instant::now();
        loop {
            let mut is_quiet = true;
            for log in &mut followed {
                is_quiet &= !log.poll(on_event)?;
            }
            if is_quiet || paused.elapsed() >= BUSY {
                paused = Instant::now();
                let places = (followed.iter())
                    .map(|log| (log.name(), log.progress().clone()))
                    .collect();
                match on_pause(&places) {
                    Follow::On if is_quiet => std::thread::sleep(super::follow::PAUSE),
                    Follow::On => {}
                    Follow::End => {
                        for log in &mut followed {
                            log.finish(on_event);
                        }
                        return Ok(followed.iter().map(Followed::so_far).collect());
                    }
                }
            }
        }
    }
}

/// Whether to go on following.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    /// Wait for more.
    On,
    /// It is enough.
    End,
}

/// Says on standard error what could not be read. True when all of it was.
pub(crate) fn tell(logs: &[LogRead]) -> bool {
    for notice in logs.iter().flat_map(LogRead::notices) {
        output::tell(&notice);
    }
    logs.iter().all(LogRead::is_complete)
}

/// A key of this run only: hashes of secrets are comparable within it.
fn redaction_key() -> anyhow::Result<RedactionKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("failed to get random bytes from the system")?;
    Ok(RedactionKey::new(bytes))
}

fn mebibytes(bytes: u64) -> usize {
    usize::try_from(bytes >> 20).unwrap_or(usize::MAX)
}

/// The files that the arguments stand for. Rotated files carry their time in their names and sort
/// before the one being written: `audit-2026-11-20T….log.gz`, `audit.log`.
pub(crate) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = || format!("failed to list {}", path.display());
        let mut inside = Vec::new();
        for entry in path.read_dir().with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if !is_hidden && entry.path().is_file() {
                inside.push(entry.path());
            }
        }
        if inside.is_empty() {
            bail!("{} holds no files", path.display());
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

fn read_log(
    path: &Path,
    key: &RedactionKey,
    on_event: &mut dyn FnMut(&Event<'_>),
    on_bytes: &mut dyn FnMut(u64),
) -> anyhow::Result<LogRead> {
    let (name, from): (String, Box<dyn Read>) = if path.as_os_str() == "-" {
        ("standard input".to_owned(), Box::new(io::stdin().lock()))
    } else {
        let failed = || format!("failed to open {}", path.display());
        let file = File::open(path).with_context(failed)?;
        (path.display().to_string(), Box::new(file))
    };
    let mut intake = Intake::new(key.clone());
    let mut count = 0;
    let counted = Counted {
        from,
        count: &mut count,
        on_bytes,
    };
    let error = feed(counted, &mut intake, on_event).err();
    intake.finish(on_event);
    Ok(LogRead {
        name,
        tally: intake.tally().clone(),
        error,
    })
}

fn feed(
    from: impl Read,
    intake: &mut Intake,
    on_event: &mut dyn FnMut(&Event<'_>),
) -> io::Result<()> {
    let mut from = unpacked(from)?;
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => intake.feed(chunk.get(..read).unwrap_or_default(), on_event),
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
}

/// Says how many bytes went through, packed as they are: that is what the size of the file counts.
struct Counted<'c, R> {
    from: R,
    count: &'c mut u64,
    on_bytes: &'c mut dyn FnMut(u64),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        *self.count += read as u64;
        (self.on_bytes)(*self.count);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_its_files_oldest_rotation_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "audit.log",
            "audit-2026-11-21T00-00-00.000.log",
            "audit-2026-11-20T00-00-00.000.log.gz",
            ".audit.log.swp",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = files(&[folder.path().to_owned()]).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "audit-2026-11-20T00-00-00.000.log.gz",
                "audit-2026-11-21T00-00-00.000.log",
                "audit.log"
            ]
        );
    }

    #[test]
    fn an_empty_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(files(&[folder.path().to_owned()]).is_err());
    }
}
