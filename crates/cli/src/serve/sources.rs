//! Where a hub's objects and events come from: a watch, folders and files, logs that are being written.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use catseye_cluster::watch::{self, Deltas};
use catseye_hub::Hub;
use catseye_hub::intake::tail::{Progress, Tail};
use catseye_model::redact::{RedactionKey, redact};
use catseye_model::{Completeness, Delta, DeltaChange, Object};
use jiff::Timestamp;

use crate::intake;

/// How many deltas are judged together.
const MOST_DELTAS: usize = 2000;
/// How often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often folders are looked at.
const LOOK_FOLDERS: Duration = Duration::from_secs(2);

/// Hands on what the watch says, as much as waits at a time. Fails where the hub breaks over it: what it knows
/// is not to be trusted then.
pub(super) async fn tell(hub: Hub, mut deltas: Deltas) -> anyhow::Result<()> {
    let mut waiting = Vec::new();
    while deltas.next_many(&mut waiting, MOST_DELTAS).await > 0 {
        let is_settled = |delta: &watch::Delta| matches!(delta.change, watch::Change::Settled);
        let settled = waiting.iter().any(is_settled);
        let told: Vec<_> = waiting.drain(..).filter_map(watch::Delta::told).collect();
        let taker = hub.clone();
        let applied = tokio::task::spawn_blocking(move || taker.apply(told)).await?;
        if let Err(err) = applied {
            anstream::eprintln!("what changed is not written yet: {err:#}");
        }
        if settled {
            hub.lists_are_in();
        }
    }
    Ok(())
}

/// Follows a log on a thread of its own. How far it came is kept with what it came to, so that a restart
/// goes on there.
pub(super) fn follow(hub: Hub, log: PathBuf) -> anyhow::Result<()> {
    let source = log.display().to_string();
    let known = hub.position(&source)?;
    let resume = known.and_then(|text| serde_json::from_str::<Progress>(&text).ok());
    std::thread::spawn(move || {
        let mut tail = Tail::new(log, resume);
        let mut gaps = 0;
        loop {
            let lines = tail.new_lines();
            if tail.gaps() > gaps {
                gaps = tail.gaps();
                hub.note_gap(&source);
                anstream::eprintln!(
                    "{source}: where the last run stopped is not found again: events may be missing"
                );
            }
            match lines {
                Ok(Some(lines)) => {
                    let position = serde_json::to_string(tail.progress()).ok();
                    let mut kept = hub.observe_until(&source, &lines, position).map(|_| ());
                    while let Err(err) = kept {
                        anstream::eprintln!("{source}: not written yet: {err:#}");
                        std::thread::sleep(LOOK * 10);
                        kept = hub.flush();
                    }
                }
                Ok(None) => std::thread::sleep(LOOK),
                Err(err) => {
                    anstream::eprintln!("{source}: {err}");
                    std::thread::sleep(LOOK * 10);
                }
            }
        }
    });
    Ok(())
}

/// Folders and files that are read again when something in them changes.
pub(super) struct Files {
    paths: Vec<PathBuf>,
    key: RedactionKey,
    /// Kinds that were told, to be told as empty when their last object goes.
    kinds: BTreeSet<(String, String)>,
}

impl Files {
    pub(super) fn new(paths: Vec<PathBuf>, key: RedactionKey) -> Self {
        Files {
            paths,
            key,
            kinds: BTreeSet::new(),
        }
    }

    /// What is there now, as a watcher would tell it, and how much of a cluster that seems to be.
    pub(super) fn read(&mut self) -> anyhow::Result<(Vec<Delta>, Completeness)> {
        let options = intake::Options {
            render: true,
            helm_values: Vec::new(),
            dumps: false,
        };
        let read = intake::gather(&self.paths, &options)?;
        for notice in &read.notices {
            anstream::eprintln!("{}", notice.message);
        }
        let mut objects: Vec<Object> = read.objects;
        objects.sort_by(|a, b| (a.group(), a.kind_name()).cmp(&(b.group(), b.kind_name())));
        let time = Timestamp::now();
        let mut deltas = Vec::new();
        let mut say = |change| deltas.push(Delta { time, change });
        let kinds: BTreeSet<(String, String)> = objects
            .iter()
            .map(|object| (object.group().to_owned(), object.kind_name().to_owned()))
            .collect();
        for (group, kind) in self.kinds.union(&kinds) {
            let (group, kind) = (group.clone(), kind.clone());
            say(DeltaChange::Restart { group, kind });
        }
        for object in objects {
            let mut value = object.value().clone();
            redact(&mut value, &self.key);
            say(DeltaChange::Upsert(value));
        }
        for (group, kind) in self.kinds.union(&kinds) {
            let (group, kind) = (group.clone(), kind.clone());
            say(DeltaChange::Synced { group, kind });
        }
        self.kinds = kinds;
        Ok((deltas, read.completeness))
    }

    /// Reads again whenever something changed, on a thread of its own.
    pub(super) fn follow(mut self, hub: Hub) {
        std::thread::spawn(move || {
            let mut known = signs(&self.paths);
            loop {
                std::thread::sleep(LOOK_FOLDERS);
                let now = signs(&self.paths);
                if now == known {
                    continue;
                }
                known = now;
                let told = self
                    .read()
                    .and_then(|(deltas, _)| hub.apply(deltas).context("not written yet"));
                if let Err(err) = told {
                    anstream::eprintln!("what changed was not taken in: {err:#}");
                }
            }
        });
    }
}

/// What tells one state of some paths from another: every file's name, size and time.
pub(super) fn signs(paths: &[PathBuf]) -> BTreeSet<(PathBuf, u64, Option<SystemTime>)> {
    let mut found = BTreeSet::new();
    for path in paths {
        for entry in ignore::WalkBuilder::new(path)
            .hidden(false)
            .build()
            .flatten()
        {
            if let Ok(metadata) = entry.metadata()
                && metadata.is_file()
            {
                let time = metadata.modified().ok();
                found.insert((entry.into_path(), metadata.len(), time));
            }
        }
    }
    found
}
