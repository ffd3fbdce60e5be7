//! What every rule is compiled to, whatever language it was written in.

use std::collections::BTreeMap;

use catseye_event::{Event, Fidelity};
use regex::Regex;

use crate::field::Field;
use crate::network::Network;
use crate::pattern::Pattern;

/// A question about one event.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// Settled before any event is seen.
    Settled(Settled),
    /// All of them.
    All(Vec<Predicate>),
    /// At least one of them.
    Any(Vec<Predicate>),
    /// Not that.
    Not(Box<Predicate>),
    /// A look at one field.
    Test(Test),
}

/// A part of a rule whose answer is always the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The answer.
    pub answer: bool,
    /// Why, and what to write instead; empty where the rule says so itself.
    pub why: String,
    /// True for what the author settled on purpose, as Falco's macros that are never true.
    pub meant: bool,
    /// Where it is written, from 1; 0 where that is not known.
    pub line: u32,
}

/// A look at one field.
#[derive(Debug, Clone)]
pub struct Test {
    /// The field.
    pub field: Field,
    /// What its values must be.
    pub check: Check,
    /// All of the values must be so, and there must be one; else any of them.
    pub every: bool,
    /// Where it is written, from 1; 0 where that is not known.
    pub line: u32,
}

/// What a value must be.
#[derive(Debug, Clone)]
pub enum Check {
    /// Anything at all.
    Exists,
    /// One of these texts. The empty text stands for an absent field.
    OneOf {
        /// The texts, in lower case where case does not matter, each with what was written.
        values: BTreeMap<String, String>,
        /// Upper and lower case are the same.
        fold: bool,
    },
    /// Fits one of these.
    Fits(Vec<Pattern>),
    /// Matches.
    Regex(Regex),
    /// An address in the network.
    Within(Network),
    /// A number in that order to this one.
    Number(Order, f64),
    /// The same as a value of that field.
    SameAs(Field, bool),
}

/// How two numbers stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Order {
    /// True when `left` stands so to `right`.
    #[expect(
        clippy::float_cmp,
        reason = "rules compare the numbers that are written"
    )]
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Order::Less => left < right,
            Order::AtMost => left <= right,
            Order::Greater => left > right,
            Order::AtLeast => left >= right,
            Order::Equal => left == right,
            Order::Unequal => left != right,
        }
    }

    /// As it is written in a rule.
    pub fn symbol(self) -> &'static str {
        match self {
            Order::Less => "<",
            Order::AtMost => "<=",
            Order::Greater => ">",
            Order::AtLeast => ">=",
            Order::Equal => "==",
            Order::Unequal => "!=",
        }
    }
}

/// An answer about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Yes.
    True,
    /// No.
    False,
    /// The event does not show enough to say; what it lacks.
    Unknown(Fidelity),
}

impl Truth {
    /// Yes or no.
    pub fn of(answer: bool) -> Self {
        if answer { Truth::True } else { Truth::False }
    }

    fn not(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown(missing) => Truth::Unknown(missing),
        }
    }
}

impl Predicate {
    /// The answer for an event. What the event cannot show is unknown, and stays unknown unless the
    /// rest settles the question.
    pub fn ask(&self, event: &Event<'_>, shown: Fidelity) -> Truth {
        match self {
            Predicate::Settled(settled) => Truth::of(settled.answer),
            Predicate::All(parts) => folded(parts, event, shown, Truth::False, Truth::True),
            Predicate::Any(parts) => folded(parts, event, shown, Truth::True, Truth::False),
            Predicate::Not(inner) => inner.ask(event, shown).not(),
            Predicate::Test(test) => test.ask(event, shown),
        }
    }

    /// Puts what is cheap to ask before what is dear, without a change to any answer.
    pub(crate) fn sort_by_cost(&mut self) {
        match self {
            Predicate::All(parts) | Predicate::Any(parts) => {
                for part in parts.iter_mut() {
                    part.sort_by_cost();
                }
                parts.sort_by_key(Predicate::cost);
            }
            Predicate::Not(inner) => inner.sort_by_cost(),
            Predicate::Settled(_) | Predicate::Test(_) => {}
        }
    }

    fn cost(&self) -> u32 {
        match self {
            Predicate::Settled(_) => 0,
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter().map(Predicate::cost).sum()
            }
            Predicate::Not(inner) => inner.cost(),
            Predicate::Test(test) => test.field.cost(),
        }
    }

    /// Calls `each` with every test in it.
    pub fn tests<'p>(&'p self, each: &mut dyn FnMut(&'p Test)) {
        match self {
            Predicate::Settled(_) => {}
            Predicate::All(parts) | Predicate::Any(parts) => {
                for part in parts {
                    part.tests(each);
                }
            }
            Predicate::Not(inner) => inner.tests(each),
            Predicate::Test(test) => each(test),
        }
    }

    /// What shows that the event fits: the fields that tests asked for and found, in their order.
    pub fn evidence(&self, event: &Event<'_>, shown: Fidelity, into: &mut Vec<(String, String)>) {
        match self {
            // What a value is not is shown by what it is: the user that is on no list.
            Predicate::Not(inner) => {
                if let Predicate::Test(test) = &**inner
                    && let Some(value) = test.field.first(event)
                {
                    let name = test.field.to_string();
                    if into.iter().all(|(known, _)| *known != name) {
                        into.push((name, value));
                    }
                }
            }
            Predicate::Settled(_) => {}
            Predicate::All(parts) | Predicate::Any(parts) => {
                for part in parts {
                    if part.ask(event, shown) == Truth::True {
                        part.evidence(event, shown, into);
                    }
                }
            }
            Predicate::Test(test) => {
                let name = test.field.to_string();
                if into.iter().any(|(known, _)| *known == name) {
                    return;
                }
                test.field.visit(event, &mut |value| {
                    let fits = test.check.is_met(value, event);
                    if fits {
                        into.push((name.clone(), value.to_owned()));
                    }
                    !fits
                });
            }
        }
    }
}

/// `decisive` ends the question, `otherwise` is the answer when nothing did.
fn folded(
    parts: &[Predicate],
    event: &Event<'_>,
    shown: Fidelity,
    decisive: Truth,
    otherwise: Truth,
) -> Truth {
    let mut unknown: Option<Fidelity> = None;
    for part in parts {
        match part.ask(event, shown) {
            answer if answer == decisive => return decisive,
            Truth::Unknown(missing) => {
                let known = unknown.unwrap_or(Fidelity::NONE);
                unknown = Some(missing.aspects().fold(known, Fidelity::with));
            }
            _ => {}
        }
    }
    unknown.map_or(otherwise, Truth::Unknown)
}

impl Test {
    /// The answer for an event.
    pub fn ask(&self, event: &Event<'_>, shown: Fidelity) -> Truth {
        let mut seen = false;
        let mut met = self.every;
        self.field.visit(event, &mut |value| {
            seen = true;
            met = self.check.is_met(value, event);
            met == self.every
        });
        if seen {
            return Truth::of(met);
        }
        match self.field.aspect() {
            Some(aspect) if !shown.has(aspect) => Truth::Unknown(Fidelity::of(&[aspect])),
            _ => Truth::of(self.check.takes_absence()),
        }
    }
}

impl Check {
    /// One text, compared with regard to case or without.
    pub fn text(value: &str, fold: bool) -> Self {
        Check::texts([value], fold)
    }

    /// One of several texts.
    pub fn texts<'v>(values: impl IntoIterator<Item = &'v str>, fold: bool) -> Self {
        let cased = |value: &str| {
            if fold {
                value.to_lowercase()
            } else {
                value.to_owned()
            }
        };
        Check::OneOf {
            values: values
                .into_iter()
                .map(|value| (cased(value), value.to_owned()))
                .collect(),
            fold,
        }
    }

    /// True for a value that is so.
    pub(crate) fn is_met(&self, value: &str, event: &Event<'_>) -> bool {
        match self {
            Check::SameAs(other, fold) => {
                let mut same = false;
                other.visit(event, &mut |theirs| {
                    same =
                        theirs == value || (*fold && theirs.to_lowercase() == value.to_lowercase());
                    !same
                });
                same
            }
            check => check.is_met_alone(value),
        }
    }

    /// The same for a check that needs no event; one that does is taken to be met.
    pub(crate) fn is_met_alone(&self, value: &str) -> bool {
        match self {
            Check::Exists | Check::SameAs(..) => true,
            Check::OneOf { values, fold: true } => values.contains_key(&value.to_lowercase()),
            Check::OneOf { values, .. } => values.contains_key(value),
            Check::Fits(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Check::Regex(regex) => regex.is_match(value),
            Check::Within(network) => network.has(value),
            Check::Number(order, bound) => value
                .parse::<f64>()
                .is_ok_and(|number| order.holds(number, *bound)),
        }
    }

    /// True when it is met by a field that is not there.
    pub(crate) fn takes_absence(&self) -> bool {
        match self {
            Check::OneOf { values, .. } => values.contains_key(""),
            _ => false,
        }
    }
}
