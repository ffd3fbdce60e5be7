//! The recordings of runtime events: which files, and every event in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::Context as _;
use catseye_event::runtime::{RuntimeEvent, RuntimeIntake, RuntimeTally};
use catseye_report::scan::{Level, Notice, NoticeKind};

use crate::audit::logs::files;
use crate::audit::unpack::unpacked;
use crate::{output, progress};

/// How much is read at once.
const CHUNK: usize = 256 << 10;

/// Which recordings to read.
#[derive(Debug, clap::Args)]
pub(crate) struct RecordingArgs {
    /// Recorded runtime events of Catseye, Tetragon, Falco or Hubble, plain or packed (gzip, zstd); a
    /// folder stands for the files in it, by name; `-` reads standard input
    #[arg(required = true, value_name = "RECORDING")]
    recordings: Vec<PathBuf>,
}

/// What became of one recording.
#[derive(Debug)]
pub(crate) struct Recording {
    name: String,
    tally: RuntimeTally,
    error: Option<io::Error>,
}

impl RecordingArgs {
    /// Hands every event of the recordings to `on_event`, showing progress on a terminal.
    pub(crate) fn for_each_event(
        &self,
        on_event: &mut dyn FnMut(RuntimeEvent),
    ) -> anyhow::Result<Vec<Recording>> {
        let files = files(&self.recordings)?;
        let mut read = Vec::new();
        progress::shown("reading recordings", files.len(), |progress| {
            for (number, file) in files.iter().enumerate() {
                let (name, from): (String, Box<dyn Read>) = if file.as_os_str() == "-" {
                    ("standard input".to_owned(), Box::new(io::stdin().lock()))
                } else {
                    let failed = || format!("failed to open {}", file.display());
                    let opened = File::open(file).with_context(failed)?;
                    (file.display().to_string(), Box::new(opened))
                };
                let mut intake = RuntimeIntake::new();
                let error = feed(from, &mut intake, on_event).err();
                intake.finish(on_event);
                read.push(Recording {
                    name,
                    tally: intake.tally().clone(),
                    error,
                });
                progress.at(number + 1);
            }
            anyhow::Ok(())
        })?;
        Ok(read)
    }
}

fn feed(
    from: impl Read,
    intake: &mut RuntimeIntake,
    on_event: &mut dyn FnMut(RuntimeEvent),
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

/// Says on standard error what was passed over and what could not be read. True when all was read.
pub(crate) fn tell(recordings: &[Recording]) -> bool {
    let mut complete = true;
    for recording in recordings {
        let notice = |level, line: Option<u64>, message: String| Notice {
            level,
            kind: NoticeKind::Unreadable,
            file: Some(recording.name.clone()),
            line: line.and_then(|line| u32::try_from(line).ok()),
            column: None,
            message,
        };
        let tally = &recording.tally;
        for (cause, unreadable) in &tally.unreadable {
            complete = false;
            output::tell(&notice(
                Level::Error,
                Some(unreadable.first.line),
                format!(
                    "{} records could not be read: {} {}",
                    unreadable.count,
                    cause.name(),
                    unreadable.detail
                ),
            ));
        }
        if let Some(err) = &recording.error {
            complete = false;
            output::tell(&notice(
                Level::Error,
                None,
                format!("reading ended early: {err}"),
            ));
        }
        // What Hubble tells of packets that say nothing new is no news either.
        let unknown: Vec<String> = tally
            .passed_over
            .iter()
            .filter(|(kind, _)| !kind.starts_with("hubble: "))
            .map(|(kind, count)| format!("{count} of {kind}"))
            .collect();
        if !unknown.is_empty() {
            let message = format!(
                "records of kinds that are not known were passed over: {}",
                unknown.join(", ")
            );
            output::tell(&notice(Level::Warning, None, message));
        }
    }
    complete
}
