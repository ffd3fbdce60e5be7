//! The values of one facet that an actor is known for, and how likely the next one is new.
//!
//! How likely is what replaces a learning period. An engineer does something new every day: P(new) is
//! high, and one more new thing says little. A controller has done the same seven things for a month:
//! P(new) is tiny, and the first new thing says a lot.

use super::clock::{Day, Minute};
use super::facet::Facet;
use super::names::{NameId, Names, OTHER};

/// How long a value stays on probation: long enough that a burst does not vouch for itself.
pub(super) const PROBATION: u32 = 24 * 60;
/// After how many days without it a value counts as new again.
pub(super) const FORGOTTEN: u16 = 90;
/// Counts are halved every so many days, so that the past fades.
const HALF_LIFE: u16 = 30;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: NameId,
    pub(super) first: Minute,
    pub(super) count: u32,
    pub(super) last: Day,
    /// Seen once only, ever.
    pub(super) once: bool,
}

/// What an actor's past says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Familiarity {
    /// Seen before, and long enough ago.
    Known(Entry),
    /// Seen for the first time less than a day ago.
    Probation(Entry),
    /// Seen last so long ago that it counts as new.
    Forgotten(Entry),
    /// Never seen.
    New,
}

/// The values of one facet. Entries are sorted by name, without duplicates, never more than the
/// facet's limit; `once` counts those with `once` set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) entries: Vec<Entry>,
    /// How many events showed a value.
    pub(super) events: u32,
    once: u32,
    pub(super) halved: Day,
}

impl Known {
    /// From parts that were saved.
    pub(super) fn from_entries(mut entries: Vec<Entry>, events: u32, halved: Day) -> Self {
        entries.sort_by_key(|entry| entry.name);
        entries.dedup_by_key(|entry| entry.name);
        let once = entries.iter().filter(|entry| entry.once).count();
        Self {
            once: u32::try_from(once).unwrap_or(u32::MAX),
            entries,
            events,
            halved,
        }
    }

    fn find(&self, name: NameId) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&name, |entry| entry.name)
    }

    pub(super) fn get(&self, name: NameId) -> Option<&Entry> {
        self.find(name).ok().and_then(|at| self.entries.get(at))
    }

    /// What the past says of a value.
    pub(super) fn familiarity(&self, name: NameId, now: Minute) -> Familiarity {
        let Some(&entry) = self.get(name) else {
            return Familiarity::New;
        };
        if now.day().since(entry.last) > FORGOTTEN {
            Familiarity::Forgotten(entry)
        } else if now.since(entry.first) < PROBATION {
            Familiarity::Probation(entry)
        } else {
            Familiarity::Known(entry)
        }
    }

    /// The chance that one more call shows a value never seen, by Good and Turing: the share of calls
    /// whose value was seen that once. `days` bounds it from below: few days prove little, however
    /// many calls they hold.
    #[expect(clippy::cast_precision_loss, reason = "a chance needs no seven digits")]
    pub(super) fn chance_of_new_by_call(&self, days: u16) -> f32 {
        let by_call = (self.once as f32 + 1.0) / (self.events as f32 + 2.0);
        let floor = 1.0 / (20.0 * (f32::from(days) + 1.0));
        by_call.max(floor).min(1.0)
    }

    /// The chance that one more day shows a value never seen; the first value is no surprise.
    #[expect(clippy::cast_precision_loss, reason = "a chance needs no seven digits")]
    pub(super) fn chance_of_new_by_day(&self, days: u16) -> f32 {
        let later = self.entries.len().saturating_sub(1) as f32;
        ((later + 0.5) / (f32::from(days) + 1.0)).min(1.0)
    }

    /// Takes in one event. True when the value is new to the actor.
    pub(super) fn see(
        &mut self,
        facet: Facet,
        name: NameId,
        now: Minute,
        names: &mut Names,
    ) -> bool {
        if name == OTHER {
            return false;
        }
        self.fade(now.day());
        self.events = self.events.saturating_add(1);
        if let Ok(at) = self.find(name) {
            if let Some(entry) = self.entries.get_mut(at) {
                entry.count = entry.count.saturating_add(1);
                entry.last = entry.last.max(now.day());
                if entry.once {
                    entry.once = false;
                    self.once -= 1;
                }
            }
            false
        } else {
            self.make_room(facet, names);
            // Making room may have moved everything.
            if let Err(at) = self.find(name) {
                self.entries.insert(
                    at,
                    Entry {
                        name,
                        first: now,
                        count: 1,
                        last: now.day(),
                        once: true,
                    },
                );
                self.once += 1;
            }
            true
        }
    }

    /// Halves all counts when a half-life is over, and forgets what was long gone.
    fn fade(&mut self, today: Day) {
        if self.entries.is_empty() {
            self.halved = today;
        }
        while today.since(self.halved) >= HALF_LIFE {
            self.halved = self.halved.plus(HALF_LIFE);
            self.events /= 2;
            for entry in &mut self.entries {
                entry.count = entry.count.div_ceil(2);
            }
            let since = self.halved;
            self.entries
                .retain(|entry| since.since(entry.last) <= 2 * FORGOTTEN);
            self.recount();
        }
    }

    /// Makes room for one more value: an actor that works in very many namespaces is remembered
    /// without them; otherwise the value goes that was not seen for the longest time.
    fn make_room(&mut self, facet: Facet, names: &mut Names) {
        let limit = facet.limit();
        if self.entries.len() < limit {
            self.grow(limit);
            return;
        }
        if facet == Facet::Action {
            let mut broad: Vec<Entry> = Vec::with_capacity(self.entries.len());
            for entry in &self.entries {
                let name = names.anywhere(entry.name);
                if name != OTHER {
                    broad.push(Entry { name, ..*entry });
                }
            }
            broad.sort_by_key(|entry| entry.name);
            broad.dedup_by(|next, kept| {
                let same = next.name == kept.name;
                if same {
                    kept.first = kept.first.min(next.first);
                    kept.last = kept.last.max(next.last);
                    kept.count = kept.count.saturating_add(next.count);
                    kept.once = false;
                }
                same
            });
            self.entries = broad;
            self.recount();
        }
        while self.entries.len() >= limit {
            let oldest = self
                .entries
                .iter()
                .enumerate()
                .min_by_key(|(_, entry)| (entry.last, entry.count, entry.name));
            let Some((at, _)) = oldest else { break };
            self.entries.remove(at);
            self.recount();
        }
    }

    /// Room by halves, never more than the limit: a vector that doubles would waste what is counted.
    fn grow(&mut self, limit: usize) {
        if self.entries.len() == self.entries.capacity() {
            let wanted = (self.entries.len() * 3 / 2).clamp(4, limit);
            self.entries.reserve_exact(wanted - self.entries.len());
        }
    }

    fn recount(&mut self) {
        let once = self.entries.iter().filter(|entry| entry.once).count();
        self.once = u32::try_from(once).unwrap_or(u32::MAX);
    }

    /// The memory that the entries take.
    pub(super) fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, minute: u32) -> Minute {
        Minute(day * 1440 + minute)
    }

    #[test]
    fn the_chance_of_something_new_falls_with_experience() {
        let mut names = Names::new(1000);
        let mut controller = Known::default();
        let mut engineer = Known::default();
        for call in 0..900 {
            let now = at(20_000 + call / 30, call % 30);
            let same = names.number(Facet::Action, &format!("update {}", call % 7), "");
            controller.see(Facet::Action, same, now, &mut names);
            let other = names.number(Facet::Action, &format!("get {}", call / 3), "");
            let other = if call % 3 == 0 { other } else { same };
            engineer.see(Facet::Action, other, now, &mut names);
        }
        assert!(controller.chance_of_new_by_call(30) < 0.002);
        assert!(engineer.chance_of_new_by_call(30) > 0.2);
    }

    #[test]
    fn a_value_is_on_probation_for_a_day_and_forgotten_after_a_quarter() {
        let mut names = Names::new(10);
        let exec = names.number(Facet::Action, "create pods/exec", "shop");
        let mut known = Known::default();
        assert_eq!(known.familiarity(exec, at(100, 0)), Familiarity::New);
        known.see(Facet::Action, exec, at(100, 0), &mut names);
        assert!(matches!(
            known.familiarity(exec, at(100, 1439)),
            Familiarity::Probation(_)
        ));
        assert!(matches!(
            known.familiarity(exec, at(101, 0)),
            Familiarity::Known(_)
        ));
        assert!(matches!(
            known.familiarity(exec, at(191, 0)),
            Familiarity::Forgotten(_)
        ));
    }

    #[test]
    fn an_actor_of_too_many_namespaces_is_remembered_without_them() {
        let mut names = Names::new(10_000);
        let mut known = Known::default();
        for n in 0..2_000 {
            let name = names.number(
                Facet::Action,
                "patch deployments.apps",
                &format!("team-{n}"),
            );
            known.see(Facet::Action, name, at(100, n), &mut names);
        }
        let anywhere = names.number(Facet::Action, "patch deployments.apps", "");
        assert!(known.get(anywhere).is_some());
        assert!(known.entries.len() <= Facet::Action.limit());
        assert!(known.heap_bytes() <= Facet::Action.limit() * 16);
    }

    #[test]
    fn the_past_fades() {
        let mut names = Names::new(10);
        let name = names.number(Facet::Agent, "kubectl 1", "");
        let mut known = Known::default();
        for _ in 0..100 {
            known.see(Facet::Agent, name, at(100, 0), &mut names);
        }
        known.see(Facet::Agent, name, at(131, 0), &mut names);
        assert_eq!(known.get(name).unwrap().count, 51);
    }
}
