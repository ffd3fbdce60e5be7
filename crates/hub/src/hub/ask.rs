//! What the hub answers about itself and about the past.

use std::sync::Arc;

use catseye_detect::baseline::Portrait;
use catseye_model::Object;
use jiff::Timestamp;

use super::{Hub, HubError, PASTS, locked};
use crate::callers::Calls;
use crate::coverage::{BlindRule, Coverage};
use crate::inbox::Filter;
use crate::stats::{StageCounter, Stats};
use crate::world::World;

/// What is learned of the ordinary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learned {
    /// Actors that are known.
    pub actors: u64,
    /// Calls that were learned.
    pub calls: u64,
    /// Since when.
    pub since: Option<Timestamp>,
}

impl Hub {
    /// What an actor is known for, and at which hours of the day it works; none for a stranger.
    pub fn portrait(&self, actor: &str) -> Option<(Portrait, [f64; 24])> {
        let watcher = locked(&self.0.watcher);
        let baseline = watcher.watch.baseline();
        Some((baseline.portrait(actor)?, baseline.hours_of(actor)?))
    }

    /// How often users called, and when last, where it is known: in this run, or as it was learned.
    pub fn calls_of<'a>(&self, users: impl Iterator<Item = &'a str>) -> Vec<Option<Calls>> {
        let watcher = locked(&self.0.watcher);
        let baseline = watcher.watch.baseline();
        let calls = users.map(|user| {
            let learned = baseline.calls_of(user);
            let learned = learned.map(|(count, last)| Calls { count, last });
            match (learned, watcher.callers.of(user)) {
                (Some(a), Some(b)) => Some(Calls {
                    count: a.count.max(b.count),
                    last: a.last.max(b.last),
                }),
                (learned, seen) => learned.or(seen),
            }
        });
        calls.collect()
    }

    /// How much is learned of the ordinary.
    pub fn learned(&self) -> Learned {
        let watcher = locked(&self.0.watcher);
        let baseline = watcher.watch.baseline();
        Learned {
            actors: baseline.actors() as u64,
            calls: baseline.calls(),
            since: baseline.since(),
        }
    }

    /// Everything known as it was at a time, from the history in the store; worlds asked for lately are
    /// kept. Reads the store: in async code, call it from `spawn_blocking`.
    pub fn world_at(&self, time: Timestamp) -> Result<Arc<World>, HubError> {
        let now = self.world();
        if time >= self.now() {
            return Ok(now);
        }
        let keep = self.0.keep.as_ref().ok_or(HubError::NoHistory(time))?;
        let known = locked(&self.0.pasts)
            .iter()
            .find(|(at, _)| *at == time)
            .map(|(_, world)| world.clone());
        if let Some(world) = known {
            return Ok(world);
        }
        self.flush()?;
        let objects = keep
            .objects_at(time)?
            .into_iter()
            .filter_map(|value| Object::new(value, None).ok())
            .collect();
        let standards = now.standards.clone();
        let completeness = self.0.config.completeness;
        let world = Arc::new(World::judged(objects, completeness, time, standards));
        let mut pasts = locked(&self.0.pasts);
        if pasts.len() == PASTS {
            pasts.pop_front();
        }
        pasts.push_back((time, world.clone()));
        Ok(world)
    }

    /// What is seen and what is not.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = self.world().coverage().clone();
        let watcher = locked(&self.0.watcher);
        coverage.sources = watcher
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.coverage.clone()))
            .collect();
        coverage.blind_rules = watcher
            .rules
            .coverage()
            .gaps()
            .filter(|(_, coverage)| coverage.is_blind())
            .map(|(rule, coverage)| BlindRule {
                rule: rule.id.to_owned(),
                title: rule.title().to_owned(),
                missing: coverage
                    .missing()
                    .map(|aspect| aspect.name().to_owned())
                    .collect(),
                lacks: coverage.lacks.map(|lacks| lacks.words().to_owned()),
                events: coverage.not_evaluable,
            })
            .collect();
        coverage
    }

    /// Workloads that are less than they should be: since when, and what is wrong.
    pub fn ailing(&self) -> Vec<(catseye_model::ObjectKey, Timestamp, String)> {
        let writer = locked(&self.0.writer);
        writer
            .ailments
            .ill()
            .map(|(key, since, words)| (key.clone(), since, words.to_owned()))
            .collect()
    }

    /// Warnings of Kubernetes about an object, oldest first; kept longer than the hour that Kubernetes
    /// keeps them.
    pub fn warnings_of(&self, key: &catseye_model::ObjectKey) -> Vec<(Timestamp, String)> {
        let writer = locked(&self.0.writer);
        writer
            .ailments
            .events_of(key)
            .map(|(time, words)| (time, words.to_owned()))
            .collect()
    }

    /// Counters.
    pub fn stats(&self) -> Stats {
        let world = self.world();
        let (deltas, unreadable) = {
            let writer = locked(&self.0.writer);
            (writer.deltas, writer.unreadable)
        };
        let (events, telling) = {
            let watcher = locked(&self.0.watcher);
            let events = watcher.sources.values().map(|it| it.coverage.events).sum();
            (events, watcher.telling)
        };
        let counters = &self.0.counters;
        Stats {
            world_version: world.version(),
            objects: world.inventory().len() as u64,
            findings: world.findings() as u64,
            incidents_open: self.0.inbox.list(&Filter::default()).total as u64,
            deltas,
            deltas_unreadable: unreadable,
            events,
            events_telling: telling,
            stages: [
                &counters.apply,
                &counters.sweep,
                &counters.paths,
                &counters.events,
                &counters.runtime,
                &counters.store,
                &counters.drift,
                &counters.compare,
            ]
            .into_iter()
            .map(StageCounter::read)
            .collect(),
        }
    }
}
