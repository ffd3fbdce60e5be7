//! The timetable: what is to happen when. An act is a sitting of one actor: its calls follow each other
//! without a break.

use crate::call::{Call, Deed, Mark};
use crate::clock::{HOUR, MINUTE, Moment};
use crate::dice::Dice;

/// Something that happens at a moment of the story.
#[derive(Debug, Clone, PartialEq)]
pub enum Deal {
    /// Calls, one after the other.
    Calls(Vec<Call>),
    /// A further node joins.
    Join(String),
    /// The state of all objects is written down under this name.
    Snapshot(String),
}

/// A sitting.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// When it begins.
    pub at: Moment,
    /// What happens.
    pub deal: Deal,
}

/// All acts of a story.
///
/// Invariant: after [`Timetable::sorted`] acts stand in the order in which they begin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timetable {
    /// The acts.
    pub acts: Vec<Act>,
}

impl Timetable {
    /// Adds a sitting.
    pub fn add(&mut self, at: Moment, calls: Vec<Call>) {
        self.push(at, Deal::Calls(calls));
    }

    /// Adds anything.
    pub fn push(&mut self, at: Moment, deal: Deal) {
        self.acts.push(Act { at, deal });
    }

    /// Adds sittings of labelled calls, `pace` after each other; see [`Pace`].
    pub fn add_marked(&mut self, at: Moment, pace: Pace, mark: &Mark, calls: Vec<Call>) {
        let marked = calls.into_iter().map(|mut call| {
            call.mark = Some(mark.clone());
            call
        });
        // Plans say minutes; nobody begins on the minute.
        let at = at.plus((at.0 / MINUTE * 37 + 11) % MINUTE);
        match pace {
            Pace::AtOnce => self.add(at, marked.collect()),
            Pace::Hourly => {
                // Not on the hour exactly: nobody who hides keeps a clock's rhythm.
                for (place, call) in (0_i64..).zip(marked) {
                    let wobble = (place * 7 % 11 - 5) * MINUTE;
                    self.add(at.plus(place * HOUR + wobble), vec![call]);
                }
            }
        }
    }

    /// The acts in the order in which they begin; acts of one moment keep the order of the plan.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.acts.sort_by_key(|act| act.at);
        self
    }

    /// All calls, in order.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.acts.iter().flat_map(|act| match &act.deal {
            Deal::Calls(calls) => calls.as_slice(),
            Deal::Join(_) | Deal::Snapshot(_) => &[],
        })
    }
}

/// How quickly labelled calls follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// In one sitting.
    AtOnce,
    /// One an hour.
    Hourly,
}

/// The label of an attack.
pub fn attack(scenario: &'static str, variant: &'static str, technique: &'static str) -> Mark {
    Mark {
        deed: Deed::Attack,
        scenario,
        variant,
        technique: Some(technique),
    }
}

/// The label of a hand-made change.
pub fn handmade(scenario: &'static str, variant: &'static str) -> Mark {
    Mark {
        deed: Deed::Handmade,
        scenario,
        variant,
        technique: None,
    }
}

/// A moment within working hours of `day`: busiest before lunch and in the afternoon.
pub fn working_hours(dice: &mut Dice, day: i64) -> Moment {
    let hour = *dice.pick(&[
        8, 9, 9, 10, 10, 10, 11, 11, 12, 13, 14, 14, 14, 15, 15, 16, 16, 17,
    ]);
    Moment::at(day, hour, dice.between(0, 60)).plus(dice.between(0, MINUTE))
}
