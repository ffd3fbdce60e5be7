//! What sequence rules remember: distinct things in a window of time, and single facts.
//!
//! Bounded whatever the log: when full, the half that was touched longest ago is forgotten. Time is
//! each event's own, so that events of other actors, and their order, change nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// How many windows and how many facts are kept.
const CAPACITY: usize = 16_384;
/// How many distinct things one window holds; no threshold may be higher.
const WIDEST: usize = 64;

/// Keys are hashes already; they only have to be spread.
type Hashed = foldhash::fast::FixedState;

/// The memory of all rules.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    tallies: HashMap<u64, Tally, Hashed>,
    facts: HashMap<u64, Fact, Hashed>,
    /// The rules that have kept a fact.
    keepers: Vec<&'static str>,
}

/// Distinct things by the time when they were last seen.
#[derive(Debug, Default)]
struct Tally {
    items: Vec<(u64, i64)>,
    reported: Option<i64>,
    touched: i64,
}

#[derive(Debug)]
struct Fact {
    text: Box<str>,
    touched: i64,
}

impl Memory {
    /// The memory of one rule, for an event at `now` (microseconds).
    pub(crate) fn window(&mut self, rule: &'static str, now: i64) -> Window<'_> {
        Window {
            memory: self,
            rule,
            now,
        }
    }
}

/// The memory of one rule at the time of one event.
#[derive(Debug)]
pub struct Window<'m> {
    memory: &'m mut Memory,
    rule: &'static str,
    now: i64,
}

impl Window<'_> {
    /// Notes `item` under `key`, and tells how many distinct items there were within `seconds`, once:
    /// when the count reaches `threshold`. The same key is not reported again until a window has
    /// passed.
    pub(crate) fn reaches(
        &mut self,
        threshold: usize,
        seconds: i64,
        key: &[&str],
        item: &[&str],
    ) -> Option<usize> {
        debug_assert!(threshold <= WIDEST);
        let key = hash(self.rule, key);
        let item = hash("", item);
        let (now, span) = (self.now, seconds * 1_000_000);
        let tally = self.memory.tallies.entry(key).or_default();
        // A clock that was ahead for a moment must not silence the rule until time has caught up.
        let is_near = |at: i64| (now - at).abs() <= span;
        tally.touched = now;
        tally.items.retain(|(_, at)| is_near(*at));
        let known = tally.items.iter_mut().find(|(known, _)| *known == item);
        if let Some((_, at)) = known {
            *at = now;
        } else {
            if tally.items.len() == WIDEST {
                tally.items.remove(0);
            }
            tally.items.push((item, now));
        }
        let count = tally.items.len();
        let quiet = tally.reported.is_some_and(is_near);
        let reached = count >= threshold && !quiet;
        if reached {
            tally.reported = Some(now);
        }
        forget_half(&mut self.memory.tallies, |tally| tally.touched);
        reached.then_some(count)
    }

    /// True when the rule has never kept a fact, which makes asking cheap.
    pub(crate) fn is_empty(&self) -> bool {
        !self.memory.keepers.contains(&self.rule)
    }

    /// Keeps one fact under `key`, in place of the one before.
    pub(crate) fn keep(&mut self, key: &[&str], text: &str) {
        let fact = Fact {
            text: text.into(),
            touched: self.now,
        };
        if self.is_empty() {
            self.memory.keepers.push(self.rule);
        }
        self.memory.facts.insert(hash(self.rule, key), fact);
        forget_half(&mut self.memory.facts, |fact| fact.touched);
    }

    /// The fact kept under `key`, if it is not older than `seconds`.
    pub(crate) fn recall(&self, key: &[&str], seconds: i64) -> Option<&str> {
        let fact = self.memory.facts.get(&hash(self.rule, key))?;
        ((self.now - fact.touched).abs() <= seconds * 1_000_000).then_some(&*fact.text)
    }
}

/// The same for the same texts in every run: `DefaultHasher::new` has no random seed.
fn hash(rule: &str, key: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    rule.hash(&mut hasher);
    key.hash(&mut hasher);
    hasher.finish()
}

fn forget_half<T>(map: &mut HashMap<u64, T, Hashed>, touched: impl Fn(&T) -> i64) {
    if map.len() <= CAPACITY {
        return;
    }
    let mut times: Vec<i64> = map.values().map(&touched).collect();
    let (_, median, _) = times.select_nth_unstable(CAPACITY / 2);
    let median = *median;
    map.retain(|_, entry| touched(entry) > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn distinct_things_are_counted_once_each() {
        let mut memory = Memory::default();
        let mut reached = Vec::new();
        for (second, item) in [(0, "a"), (1, "a"), (2, "b"), (3, "c"), (4, "d")] {
            let mut window = memory.window("R", second * SECOND);
            reached.push(window.reaches(3, 60, &["mallory"], &[item]));
        }
        assert_eq!(reached, [None, None, None, Some(3), None]);
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut memory = Memory::default();
        for (second, item, expected) in [(0, "a", None), (61, "b", None), (62, "c", Some(2))] {
            let mut window = memory.window("R", second * SECOND);
            assert_eq!(window.reaches(2, 60, &["m"], &[item]), expected, "{item}");
        }
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_moment_silences_nothing() {
        let mut memory = Memory::default();
        let day = 86_400;
        let mut reached = Vec::new();
        for (second, item) in [(day, "a"), (day + 1, "b"), (10, "c"), (11, "d")] {
            let mut window = memory.window("R", second * SECOND);
            reached.push(window.reaches(2, 60, &["mallory"], &[item]));
        }
        assert_eq!(reached, [None, Some(2), None, Some(2)]);
    }

    #[test]
    fn rules_do_not_share_their_memory() {
        let mut memory = Memory::default();
        memory.window("A", 0).keep(&["x"], "a");
        assert_eq!(memory.window("A", 0).recall(&["x"], 1), Some("a"));
        assert_eq!(memory.window("B", 0).recall(&["x"], 1), None);
        assert_eq!(memory.window("A", 2 * SECOND).recall(&["x"], 1), None);
    }

    #[test]
    fn the_memory_is_bounded_and_keeps_what_is_new() {
        let mut memory = Memory::default();
        for second in 0..100_000 {
            let key = second.to_string();
            let mut window = memory.window("R", second * SECOND);
            window.reaches(2, 60, &[&key], &["x"]);
            window.keep(&[&key], "x");
        }
        assert!(memory.tallies.len() <= CAPACITY && memory.facts.len() <= CAPACITY);
        let last = memory.window("R", 99_999 * SECOND);
        assert!(last.recall(&["99999"], 0).is_some());
        assert!(memory.window("R", 0).recall(&["0"], 0).is_none());
    }
}
