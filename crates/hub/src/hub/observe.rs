//! Events in, and what they and changes come to in the inbox.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use catseye_event::Event;
use catseye_event::intake::Intake;
use jiff::Timestamp;

use super::{
    Durability, Hub, HubError, LEARNED_EVERY, Observed, Source, Watcher, Writer, kind_of, locked,
};
use crate::changes::{Surroundings, clues};
use crate::coverage::SourceCoverage;
use crate::facts::WorldFacts;
use crate::inbox::{Clue, Touched};
use crate::keep;
use crate::seen;
use crate::world::World;

impl Hub {
    /// Takes in a piece of an audit log (any shape that `catseye audit` reads), which may end in the
    /// middle of a record. `source` names the stream: pieces of one stream belong together. When it
    /// returns, what it came to is in the inbox.
    ///
    /// An error says that it could not be written yet: it was judged and waits for [`Hub::flush`], so it
    /// is not to be given again.
    pub fn observe(&self, source: &str, bytes: &[u8]) -> Result<Observed, HubError> {
        self.observe_until(source, bytes, None)
    }

    /// The same, and how far the stream was read with it, in the stream's own words. That is written
    /// together with what the events came to: [`Hub::position`] never tells less or more than was kept.
    pub fn observe_until(
        &self,
        source: &str,
        bytes: &[u8],
        position: Option<String>,
    ) -> Result<Observed, HubError> {
        let whole = self.0.keep.as_ref().map(crate::keep::Keep::step);
        let name = source;
        let started = Instant::now();
        let mut watcher = locked(&self.0.watcher);
        let Watcher {
            rules,
            watch,
            sources,
            seen,
            callers,
            telling,
            unwritten,
            ..
        } = &mut *watcher;
        let source = self.source(sources, source);
        let world = self.world();
        let mut authors = locked(&self.0.authors);
        let mut drifting = locked(&self.0.drifting);
        let mut touched: BTreeSet<String> = BTreeSet::new();
        let now = self.now();
        let mut marks = Vec::new();
        let own = self.0.own.read().unwrap_or_else(PoisonError::into_inner);
        let coverage = &mut source.coverage;
        let before = coverage.events;
        source.intake.feed(bytes, &mut |event: &Event<'_>| {
            if let Some(mark) = seen::mark(event) {
                if !seen.is_new(mark, now) {
                    coverage.resent += 1;
                    return;
                }
                marks.push(mark);
            }
            coverage.events += 1;
            if let Some(time) = event.time() {
                coverage.first = Some(coverage.first.map_or(time, |first| first.min(time)));
                coverage.last = Some(coverage.last.map_or(time, |last| last.max(time)));
            }
            callers.note(event);
            if own.as_ref().is_some_and(|own| own.made(event)) {
                coverage.own += 1;
            } else {
                let detections = rules.observe(event, Some(world.inventory()));
                if let Some(outcome) = watch.observe(event, &detections) {
                    *telling += 1;
                    touched.insert(outcome.incident);
                }
            }
            authors.note(event);
            drifting.hear(event);
            if let Some(keep) = &self.0.keep
                && let Some(record) = keep::record(event)
            {
                keep.event(record);
            }
        });
        drop(drifting);
        drop(authors);
        drop(own);
        let unreadable = &source.intake.tally().unreadable;
        let was: u64 = coverage.unreadable.values().sum();
        coverage.unreadable = unreadable
            .iter()
            .map(|(cause, found)| (cause.name().to_owned(), found.count))
            .collect();
        let is: u64 = coverage.unreadable.values().sum();
        let observed = Observed {
            events: coverage.events - before,
            unreadable: is.saturating_sub(was),
        };
        let clues: Vec<Clue> = touched
            .iter()
            .filter_map(|id| watch.incident(id))
            .map(|incident| Clue::detected(&incident))
            .collect();
        if let Some(keep) = &self.0.keep
            && !marks.is_empty()
        {
            keep.seen(marks, now, seen.begins());
        }
        self.take(clues, &world, now);
        *unwritten += observed.events;
        if *unwritten >= LEARNED_EVERY {
            *unwritten = 0;
            if let Some(keep) = &self.0.keep {
                keep.baseline(watch.baseline().to_json(), now);
            }
        }
        drop(watcher);
        if let (Some(keep), Some(position)) = (&self.0.keep, position) {
            keep.cursor(name, position, now);
        }
        drop(whole);
        {
            let mut writer = locked(&self.0.writer);
            self.resolve(&mut writer, now);
        }
        self.0.counters.events.add(started.elapsed());
        match self.0.config.durability {
            Durability::Acknowledged => self.flush()?,
            Durability::Gathered => self.flush_if_much()?,
        }
        Ok(observed)
    }

    /// Notes that the place where an earlier run stopped reading a stream was not found again.
    pub fn note_gap(&self, source: &str) {
        let mut watcher = locked(&self.0.watcher);
        self.source(&mut watcher.sources, source).coverage.gaps += 1;
    }

    fn source<'a>(&self, sources: &'a mut BTreeMap<String, Source>, name: &str) -> &'a mut Source {
        sources.entry(name.to_owned()).or_insert_with(|| Source {
            intake: Intake::new(self.0.config.redaction_key.clone()),
            coverage: SourceCoverage::default(),
        })
    }

    /// How far a stream was read when it was written last; none where nothing was, or nothing is kept.
    pub fn position(&self, source: &str) -> Result<Option<String>, HubError> {
        let keep = self.0.keep.as_ref();
        keep.map_or(Ok(None), |keep| keep.position(source))
    }

    /// Changes whose author is known by now, or will not be, become clues; so does what has lasted too
    /// long.
    pub(super) fn resolve(&self, writer: &mut Writer, now: Timestamp) {
        let mut found: Vec<Clue> = writer.ailments.overdue(now);
        let mut world = self.world();
        if !writer.waiting.is_empty() {
            let mut authors = locked(&self.0.authors);
            let waiting = std::mem::take(&mut writer.waiting);
            for it in waiting {
                let author = authors.of_change(&it.change.key, it.change.time);
                if author.is_none() && now < it.until {
                    writer.waiting.push(it);
                    continue;
                }
                let around = Surroundings {
                    before: it.before.inventory(),
                    author: author.as_ref(),
                };
                found.extend(clues(&it.change, &around, &mut writer.origins));
                world = it.after.clone();
            }
        }
        if self.world().version() > world.version() {
            world = self.world();
        }
        found.extend(self.settled_drift(&world, now));
        self.take(found, &world, now);
        self.resolve_closed_drift(&world, now);
    }

    /// Puts clues into the inbox.
    pub(super) fn take(&self, clues: Vec<Clue>, world: &Arc<World>, now: Timestamp) {
        if clues.is_empty() {
            return;
        }
        let facts = WorldFacts(world);
        let touched: BTreeMap<String, Touched> = self.0.inbox.locked(|rows| {
            let mut touched: BTreeMap<String, Touched> = BTreeMap::new();
            for clue in clues {
                if let Some((id, what)) = rows.take(clue, &facts, now) {
                    let known = touched.entry(id).or_insert(what);
                    *known = (*known).max(what);
                }
            }
            for (id, what) in rows.tick(self.0.config.incidents_a_day, now) {
                touched.entry(id).or_insert(what);
            }
            touched
        });
        for (id, what) in &touched {
            self.note(id, kind_of(*what));
        }
        let mut pending = locked(&self.0.pending);
        pending.rows.extend(touched.into_keys());
        self.0.wake.notify_all();
    }
}
