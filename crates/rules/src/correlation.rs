//! Counting and ordering matches in windows of the events' own time, in bounded memory.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use catseye_event::Event;

use crate::field::Field;
use crate::predicate::Order;
use crate::rule::About;

/// The highest count that a correlation may wait for.
pub(crate) const MOST: usize = 10_000;
/// How many groups one correlation keeps apart.
const GROUPS: usize = 16_384;
/// How many matches one correlation remembers in all its groups.
const REMEMBERED: usize = 1 << 20;

/// What a correlation looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Many matches.
    EventCount,
    /// Many distinct values of a field.
    ValueCount(Field),
    /// Several rules, in any order.
    Temporal,
    /// All rules, in their order.
    TemporalOrdered,
}

/// How many it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// How the count must stand to the number.
    pub order: Order,
    /// The number.
    pub count: usize,
}

impl Bound {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn holds(self, count: usize) -> bool {
        self.order.holds(count as f64, self.count as f64)
    }
}

/// What feeds a correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// A rule, by its place in the set.
    Rule(usize),
    /// A correlation before this one, by its place in the set.
    Correlation(usize),
}

/// A rule about several events.
#[derive(Debug, Clone)]
pub struct Correlation {
    /// What is said of it.
    pub about: About,
    /// What it looks for.
    pub kind: Kind,
    /// What feeds it, in its order.
    pub inputs: Vec<Input>,
    /// For each input, the fields whose values keep groups apart; none for a field that the input's
    /// events do not have.
    pub group_by: Vec<Vec<Option<Field>>>,
    /// The length of the window, in seconds.
    pub timespan: i64,
    /// How many it takes.
    pub bound: Bound,
    /// It makes detections; otherwise it only feeds other correlations.
    pub alerts: bool,
}

/// What a correlation remembers.
#[derive(Debug, Default)]
pub(crate) struct Window {
    groups: BTreeMap<u64, Group>,
    remembered: usize,
    /// Groups that were forgotten because there were too many.
    pub(crate) forgotten: u64,
}

#[derive(Debug, Default)]
struct Group {
    /// What matched and when, oldest first: values and rules once each.
    items: VecDeque<(u64, i64)>,
    /// For each rule of an order, when the latest way to it began.
    begun: Vec<Option<i64>>,
    reported: Option<i64>,
    touched: i64,
}

/// A correlation that has come true.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    /// How many there were; no more than it takes is counted.
    pub(crate) count: usize,
    /// The fields that keep this group apart, and their values.
    pub(crate) group: Vec<(String, String)>,
}

impl Correlation {
    /// The inputs among those that matched, each once.
    pub(crate) fn fed_by(&self, matched: &[Input]) -> Vec<Input> {
        let mut inputs: Vec<Input> = self
            .inputs
            .iter()
            .copied()
            .filter(|input| matched.contains(input))
            .collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs
    }

    /// What it has counted, in words.
    pub(crate) fn told(&self, count: usize) -> String {
        let span = told_span(self.timespan);
        let at_least = if count > self.bound.count {
            "more than "
        } else {
            ""
        };
        let count = count.min(self.bound.count);
        match &self.kind {
            Kind::EventCount => format!("{at_least}{count} matches within {span}"),
            Kind::ValueCount(field) => {
                format!("{at_least}{count} different values of {field} within {span}")
            }
            Kind::Temporal => format!("{count} of {} rules within {span}", self.inputs.len()),
            Kind::TemporalOrdered => format!("{count} rules in their order within {span}"),
        }
    }

    /// Notes that `input` matched `event` at `now` (microseconds); tells when that completes it. A group
    /// that is told of is quiet until a window has passed.
    pub(crate) fn note(
        &self,
        window: &mut Window,
        input: Input,
        event: &Event<'_>,
        now: i64,
    ) -> Option<Completed> {
        let place = self.inputs.iter().position(|it| *it == input)?;
        let group: Vec<(String, String)> = self
            .group_by
            .get(place)?
            .iter()
            .flatten()
            .map(|field| (field.to_string(), field.all(event).join(",")))
            .collect();
        let mut hasher = DefaultHasher::new();
        for (_, value) in &group {
            value.hash(&mut hasher);
        }
        let span = self.timespan.saturating_mul(1_000_000);
        let entry = window.groups.entry(hasher.finish()).or_default();
        entry.touched = entry.touched.max(now);
        let before = entry.items.len() + entry.begun.len();
        let count = match &self.kind {
            Kind::EventCount => entry.count(None, now, span, self.bound.count + 1),
            Kind::ValueCount(field) => {
                let mut count = 0;
                field.visit(event, &mut |value| {
                    let mut hasher = DefaultHasher::new();
                    value.hash(&mut hasher);
                    count = entry.count(Some(hasher.finish()), now, span, self.bound.count + 1);
                    true
                });
                count
            }
            Kind::Temporal => {
                let mut count = 0;
                for (at, known) in self.inputs.iter().enumerate() {
                    if *known == input {
                        count = entry.count(Some(at as u64), now, span, self.inputs.len());
                    }
                }
                count
            }
            Kind::TemporalOrdered => entry.follow(&self.inputs, input, now, span),
        };
        let is_quiet = entry.reported.is_some_and(|at| (now - at).abs() <= span);
        let is_met = count > 0 && self.bound.holds(count) && !is_quiet;
        if is_met {
            entry.reported = Some(now);
        }
        window.remembered += entry.items.len() + entry.begun.len();
        window.remembered = window.remembered.saturating_sub(before);
        window.forget();
        is_met.then_some(Completed { count, group })
    }
}

fn told_span(seconds: i64) -> String {
    for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "min")] {
        if seconds % unit == 0 {
            return format!("{} {name}", seconds / unit);
        }
    }
    format!("{seconds} s")
}

impl Group {
    /// Adds a match, once each where it is a value, and counts what is in the window.
    fn count(&mut self, value: Option<u64>, now: i64, span: i64, most: usize) -> usize {
        self.items.retain(|(known, at)| {
            let is_same = value.is_some_and(|value| value == *known);
            !is_same && (now - at).abs() <= span
        });
        self.items.push_back((value.unwrap_or_default(), now));
        if self.items.len() > most {
            self.items.pop_front();
        }
        self.items.len()
    }

    /// Goes on along the order; answers the number of rules when it is complete.
    fn follow(&mut self, order: &[Input], input: Input, now: i64, span: i64) -> usize {
        self.begun.resize(order.len(), None);
        // From the end, so that one event is not two steps.
        for at in (0..order.len()).rev() {
            if order.get(at) != Some(&input) {
                continue;
            }
            let begun = match at.checked_sub(1) {
                None => Some(now),
                Some(before) => self
                    .begun
                    .get(before)
                    .copied()
                    .flatten()
                    .filter(|begun| (0..=span).contains(&(now - begun))),
            };
            if let (Some(begun), Some(known)) = (begun, self.begun.get_mut(at)) {
                *known = Some(known.map_or(begun, |known| known.max(begun)));
            }
        }
        let is_complete = self.begun.last().copied().flatten().is_some();
        if is_complete {
            self.begun.fill(None);
            return order.len();
        }
        0
    }
}

impl Window {
    /// When there is too much, forgets the half of the groups that was touched longest ago.
    fn forget(&mut self) {
        if self.groups.len() <= GROUPS && self.remembered <= REMEMBERED {
            return;
        }
        let mut times: Vec<i64> = self.groups.values().map(|group| group.touched).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        let median = *median;
        let before = self.groups.len();
        self.groups.retain(|_, group| group.touched > median);
        self.forgotten += (before - self.groups.len()) as u64;
        self.remembered = self
            .groups
            .values()
            .map(|group| group.items.len() + group.begun.len())
            .sum();
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{RedactionKey, Severity};

    use super::*;
    use crate::field::Who;
    use crate::rule::Language;

    const SECOND: i64 = 1_000_000;

    fn correlation(kind: Kind, inputs: usize, count: usize) -> Correlation {
        Correlation {
            about: About {
                id: "c".into(),
                title: "c".into(),
                language: Language::Sigma,
                severity: Severity::Medium,
                tactics: Vec::new(),
                techniques: Vec::new(),
                file: "c.yml".into(),
                line: 1,
            },
            kind,
            inputs: (0..inputs).map(Input::Rule).collect(),
            group_by: vec![vec![Some(Field::Username(Who::User))]; inputs],
            timespan: 60,
            bound: Bound {
                order: Order::AtLeast,
                count,
            },
            alerts: true,
        }
    }

    /// Which of these matches, each of a rule by a user at a second for a name, complete it.
    fn completes(it: &Correlation, matches: &[(usize, &str, i64, &str)]) -> Vec<bool> {
        let key = RedactionKey::new([0; 32]);
        let mut window = Window::default();
        matches
            .iter()
            .map(|(rule, user, second, name)| {
                let json = format!(
                    r#"{{"kind":"Event","auditID":"1","verb":"get","user":{{"username":"{user}"}},"objectRef":{{"resource":"pods","name":"{name}"}}}}"#
                );
                let event = Event::parse(&json, &key).expect("JSON").expect("an event");
                it.note(&mut window, Input::Rule(*rule), &event, second * SECOND)
                    .is_some()
            })
            .collect()
    }

    #[test]
    fn matches_are_counted_by_group_and_window() {
        let it = correlation(Kind::EventCount, 1, 3);
        let jane = |second| (0, "jane", second, "a");
        assert_eq!(
            completes(
                &it,
                &[jane(0), jane(1), (0, "joe", 2, "a"), jane(3), jane(4)]
            ),
            [false, false, false, true, false]
        );
        assert_eq!(completes(&it, &[jane(0), jane(61), jane(122)]), [false; 3]);
    }

    #[test]
    fn values_count_once_each() {
        let it = correlation(Kind::ValueCount(Field::Name), 1, 2);
        let of = |second, name| (0, "jane", second, name);
        assert_eq!(
            completes(&it, &[of(0, "a"), of(1, "a"), of(2, "b")]),
            [false, false, true]
        );
        assert_eq!(
            completes(&it, &[of(0, "a"), of(1, ""), of(70, "b")]),
            [false; 3]
        );
    }

    #[test]
    fn rules_come_in_any_order_or_in_theirs() {
        let any = correlation(Kind::Temporal, 2, 2);
        let ordered = correlation(Kind::TemporalOrdered, 2, 2);
        let of = |rule, second| (rule, "jane", second, "a");
        let backwards = [of(1, 0), of(0, 1)];
        assert_eq!(completes(&any, &backwards), [false, true]);
        assert_eq!(completes(&ordered, &backwards), [false, false]);
        let forwards = [of(0, 0), of(1, 1)];
        assert_eq!(completes(&ordered, &forwards), [false, true]);
        let late = [of(0, 0), of(1, 61)];
        assert_eq!(completes(&ordered, &late), [false, false]);
        // The later beginning counts.
        let twice = [of(0, 0), of(0, 50), of(1, 100)];
        assert_eq!(completes(&ordered, &twice), [false, false, true]);
    }

    #[test]
    fn the_memory_is_bounded_and_says_what_it_forgot() {
        let it = correlation(Kind::EventCount, 1, 3);
        let key = RedactionKey::new([0; 32]);
        let mut window = Window::default();
        for number in 0..40_000 {
            let json = format!(
                r#"{{"kind":"Event","auditID":"1","verb":"get","user":{{"username":"u{number}"}}}}"#
            );
            let event = Event::parse(&json, &key).expect("JSON").expect("an event");
            it.note(&mut window, Input::Rule(0), &event, number * SECOND);
        }
        assert!(window.groups.len() <= GROUPS);
        assert!(window.forgotten > 0);
    }
}
