//! Whether a rule can ever be true on an audit event, told without any event.
//!
//! First every test whose values the field never has is settled. Then a search goes through the ways
//! in which the rest could hold together, and gives up a way as soon as one field would have to be two
//! things at once. It is bounded: a rule too wide to be searched counts as possible.

use std::collections::BTreeMap;

use crate::field::{Field, Side};
use crate::predicate::{Check, Predicate, Settled, Test};
use crate::vocabulary::{self, body_fields};

/// How many steps the search takes before it gives up.
const STEPS: usize = 20_000;

/// Why a part of a rule cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reason {
    /// Where it is written, from 1.
    pub(crate) line: u32,
    /// Why, and what to write instead.
    pub(crate) why: String,
}

/// What was found about a rule.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// It can never be true, for these reasons; empty reasons for one that is switched off.
    pub(crate) never: Option<Vec<Reason>>,
    /// It is never true because its author said so.
    pub(crate) is_off: bool,
    /// Parts of a rule that can be true, which do nothing.
    pub(crate) idle: Vec<Reason>,
}

/// Judges a predicate.
pub(crate) fn judge(predicate: &Predicate) -> Verdict {
    let mut idle = Vec::new();
    let settled = settle(predicate, &mut idle);
    let mut search = Search {
        steps: STEPS,
        reasons: Vec::new(),
        meant: false,
    };
    let mut verdict = Verdict::default();
    if search.can_hold(vec![(&settled, true)], Vec::new(), Facts::default()) {
        collect(&settled, &mut idle);
        idle.sort();
        idle.dedup();
        verdict.idle = idle;
        return verdict;
    }
    let mut reasons = search.reasons;
    reasons.sort();
    reasons.dedup();
    verdict.is_off = search.meant;
    verdict.never = Some(reasons);
    verdict
}

/// The same question with tests settled that no event can meet; values that do nothing go to `idle`.
fn settle(predicate: &Predicate, idle: &mut Vec<Reason>) -> Predicate {
    match predicate {
        Predicate::Settled(settled) => Predicate::Settled(settled.clone()),
        Predicate::All(parts) => {
            Predicate::All(parts.iter().map(|part| settle(part, idle)).collect())
        }
        Predicate::Any(parts) => {
            Predicate::Any(parts.iter().map(|part| settle(part, idle)).collect())
        }
        Predicate::Not(inner) => Predicate::Not(Box::new(settle(inner, idle))),
        Predicate::Test(test) => {
            let found = vocabulary::impossible(&test.field, &test.check);
            if found.entirely {
                return Predicate::Settled(Settled {
                    answer: false,
                    why: found.why.join("; "),
                    meant: false,
                    line: test.line,
                });
            }
            idle.extend(found.why.into_iter().map(|why| Reason {
                line: test.line,
                why,
            }));
            if let (Field::Resource, Check::OneOf { values, .. }) = (&test.field, &test.check) {
                let odd = values.keys().filter_map(|value| {
                    let plural = vocabulary::singular(value)?;
                    Some(format!(
                        "objectRef.resource is the plural: `{value}` is probably meant to be `{plural}`"
                    ))
                });
                idle.extend(odd.map(|why| Reason {
                    line: test.line,
                    why,
                }));
            }
            Predicate::Test(test.clone())
        }
    }
}

/// Parts that are settled for a reason.
fn collect(predicate: &Predicate, reasons: &mut Vec<Reason>) {
    match predicate {
        Predicate::Settled(settled) if !settled.meant && !settled.why.is_empty() => {
            reasons.push(Reason {
                line: settled.line,
                why: settled.why.clone(),
            });
        }
        Predicate::All(parts) | Predicate::Any(parts) => {
            for part in parts {
                collect(part, reasons);
            }
        }
        Predicate::Not(inner) => collect(inner, reasons),
        Predicate::Settled(_) | Predicate::Test(_) => {}
    }
}

/// What must hold of each field on the way that is being tried.
#[derive(Debug, Clone, Default)]
struct Facts<'p> {
    fields: BTreeMap<&'p Field, Demands<'p>>,
}

#[derive(Debug, Clone, Default)]
struct Demands<'p> {
    met: Vec<&'p Test>,
    unmet: Vec<&'p Test>,
}

struct Search {
    steps: usize,
    reasons: Vec<Reason>,
    /// A part that was settled on purpose stood in the way.
    meant: bool,
}

/// Parts of which one must have the answer beside them.
type Choice<'p> = (&'p [Predicate], bool);

impl Search {
    /// True when all that is open can have the answers beside it, with one part of each choice.
    fn can_hold<'p>(
        &mut self,
        mut open: Vec<(&'p Predicate, bool)>,
        mut choices: Vec<Choice<'p>>,
        mut facts: Facts<'p>,
    ) -> bool {
        while let Some((predicate, answer)) = open.pop() {
            if self.steps == 0 {
                return true;
            }
            self.steps -= 1;
            match (predicate, answer) {
                (Predicate::Settled(settled), _) => {
                    if settled.answer != answer {
                        self.meant |= settled.meant;
                        self.blame(settled.line, &settled.why);
                        return false;
                    }
                }
                (Predicate::Not(inner), _) => open.push((inner, !answer)),
                (Predicate::All(parts), true) | (Predicate::Any(parts), false) => {
                    open.extend(parts.iter().rev().map(|part| (part, answer)));
                }
                (Predicate::All(parts), false) | (Predicate::Any(parts), true) => {
                    choices.push((parts, answer));
                }
                (Predicate::Test(test), _) => {
                    if let Some(why) = facts.add(test, answer) {
                        self.blame(test.line, &why);
                        return false;
                    }
                }
            }
        }
        // The narrowest choice first: it rules out most with least.
        choices.sort_by_key(|(parts, _)| std::cmp::Reverse(parts.len()));
        let Some((parts, answer)) = choices.pop() else {
            return true;
        };
        parts
            .iter()
            .any(|part| self.can_hold(vec![(part, answer)], choices.clone(), facts.clone()))
    }

    fn blame(&mut self, line: u32, why: &str) {
        if !why.is_empty() {
            self.reasons.push(Reason {
                line,
                why: why.to_owned(),
            });
        }
    }
}

impl<'p> Facts<'p> {
    /// Notes that the test has that answer; says why that cannot be beside what is known.
    fn add(&mut self, test: &'p Test, answer: bool) -> Option<String> {
        let demands = self.fields.entry(&test.field).or_default();
        if answer {
            demands.met.push(test);
        } else {
            demands.unmet.push(test);
        }
        if let Some(why) = demands.conflict(&test.field) {
            return Some(why);
        }
        self.foreign_body()
    }

    /// A part of the body that objects of this resource do not have.
    fn foreign_body(&self) -> Option<String> {
        let resources = self
            .fields
            .get(&Field::Resource)?
            .values(&Field::Resource)?;
        let mut names = self
            .fields
            .iter()
            .filter_map(|(field, demands)| match field {
                Field::Body(Side::Request, path) if demands.must_exist() => path.first(),
                _ => None,
            });
        let foreign = names.find(|name| {
            let is_step = name.parse::<usize>().is_ok();
            !is_step
                && !vocabulary::EVERY_BODY.contains(name)
                && !resources.is_empty()
                && resources
                    .iter()
                    .all(|it| body_fields(it).is_some_and(|fields| !fields.contains(name)))
        })?;
        let resource = resources.first()?;
        let fields = body_fields(resource)?;
        Some(format!(
            "requestObject.{foreign} is no field of {resource}; theirs are {}",
            fields.join(", ")
        ))
    }
}

impl Demands<'_> {
    fn must_exist(&self) -> bool {
        self.met.iter().any(|test| !test.check.takes_absence())
    }

    /// Why no value meets all that is asked of the field; none if one does, or none can be told.
    fn conflict(&self, field: &Field) -> Option<String> {
        let is_absent = self
            .unmet
            .iter()
            .find(|test| matches!(test.check, Check::Exists));
        if let (Some(_), Some(other)) = (
            is_absent,
            self.met.iter().find(|test| !test.check.takes_absence()),
        ) {
            return Some(format!(
                "{field} would have to be absent and {} at once",
                told(&other.check)
            ));
        }
        if !field.is_single() || !self.values(field)?.is_empty() {
            return None;
        }
        let mut asked: Vec<String> = self.met.iter().map(|test| told(&test.check)).collect();
        asked.extend(
            self.unmet
                .iter()
                .map(|test| format!("not {}", told(&test.check))),
        );
        asked.dedup();
        Some(format!(
            "{field} would have to be {} at once",
            asked.join(" and ")
        ))
    }

    /// The values that are left for a field; none where they cannot be listed.
    fn values(&self, field: &Field) -> Option<Vec<String>> {
        let listed = self.met.iter().find_map(|test| match &test.check {
            Check::OneOf { values, fold } => Some((values.keys().cloned().collect(), *fold)),
            _ => None,
        });
        let (candidates, fold): (Vec<String>, bool) = if let Some(listed) = listed {
            listed
        } else {
            let mut words = vocabulary::closed(field)?;
            // All of these but the verb and the stage may be missing.
            if !matches!(field, Field::Verb | Field::Stage) {
                words.push(String::new());
            }
            (words, false)
        };
        let folds = |test: &&Test| match &test.check {
            Check::OneOf { fold, .. } => *fold,
            Check::Fits(patterns) => patterns.iter().all(crate::pattern::Pattern::folds),
            Check::Exists | Check::Number(..) | Check::Within(_) => true,
            Check::Regex(_) | Check::SameAs(..) => false,
        };
        // What stands for both cases cannot be judged by a check that tells them apart.
        if fold && !self.met.iter().chain(&self.unmet).all(folds) {
            return None;
        }
        let meets = |test: &Test, value: &str| match &test.check {
            check if value.is_empty() => check.takes_absence(),
            Check::SameAs(..) => true,
            check => check.is_met_alone(value),
        };
        let fits = |value: &String| {
            self.met.iter().all(|test| meets(test, value))
                && self
                    .unmet
                    .iter()
                    .all(|test| matches!(test.check, Check::SameAs(..)) || !meets(test, value))
        };
        Some(candidates.into_iter().filter(fits).collect())
    }
}

/// A check in words: completes "it would have to be …".
fn told(check: &Check) -> String {
    match check {
        Check::Exists => "there".to_owned(),
        Check::OneOf { values, .. } => {
            let some: Vec<String> = values
                .values()
                .take(4)
                .map(|value| {
                    if value.is_empty() {
                        "absent".to_owned()
                    } else {
                        format!("`{value}`")
                    }
                })
                .collect();
            let more = if values.len() > some.len() {
                " or another"
            } else {
                ""
            };
            format!("{}{more}", some.join(" or "))
        }
        Check::Fits(patterns) => {
            let some: Vec<String> = patterns
                .iter()
                .take(4)
                .map(|pattern| format!("like `{}`", pattern.written()))
                .collect();
            some.join(" or ")
        }
        Check::Regex(regex) => format!("matched by `{regex}`"),
        Check::Within(_) => "in a network".to_owned(),
        Check::Number(order, bound) => format!("{} {bound}", order.symbol()),
        Check::SameAs(field, _) => format!("the same as {field}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::Path;
    use crate::pattern::{Pattern, Place};
    use crate::predicate::Order;

    fn test(field: Field, check: Check) -> Predicate {
        Predicate::Test(Test {
            field,
            check,
            every: false,
            line: 1,
        })
    }

    fn is(field: Field, value: &str) -> Predicate {
        test(field, Check::text(value, false))
    }

    fn not(inner: Predicate) -> Predicate {
        Predicate::Not(Box::new(inner))
    }

    fn why_never(predicate: &Predicate) -> Option<String> {
        let reasons = judge(predicate).never?;
        let told: Vec<String> = reasons.into_iter().map(|reason| reason.why).collect();
        Some(told.join("; "))
    }

    #[test]
    fn one_field_cannot_be_two_things() {
        let both = Predicate::All(vec![is(Field::Verb, "create"), is(Field::Verb, "delete")]);
        assert_eq!(
            why_never(&both).as_deref(),
            Some("verb would have to be `create` and `delete` at once")
        );
        let names = Predicate::All(vec![
            is(Field::Username(crate::field::Who::User), "jane"),
            not(test(
                Field::Username(crate::field::Who::User),
                Check::Fits(vec![Pattern::literal(Place::Start, "ja", false)]),
            )),
        ]);
        assert!(why_never(&names).is_some());
        let code = |order, bound| test(Field::Code, Check::Number(order, bound));
        let range = Predicate::All(vec![code(Order::AtLeast, 500.0), code(Order::Less, 400.0)]);
        assert!(why_never(&range).is_some());
    }

    #[test]
    fn one_way_that_holds_is_enough() {
        let either = Predicate::Any(vec![is(Field::Verb, "replace"), is(Field::Verb, "patch")]);
        let verdict = judge(&Predicate::All(vec![either, is(Field::Resource, "pods")]));
        assert!(verdict.never.is_none());
        assert_eq!(verdict.idle.len(), 1);
    }

    #[test]
    fn contradictions_are_found_through_every_choice() {
        let verbs = |words: [&str; 2]| {
            Predicate::Any(
                words
                    .into_iter()
                    .map(|word| is(Field::Verb, word))
                    .collect(),
            )
        };
        let never = Predicate::All(vec![verbs(["get", "list"]), verbs(["create", "delete"])]);
        assert!(why_never(&never).is_some());
        let holds = Predicate::All(vec![verbs(["get", "list"]), verbs(["list", "delete"])]);
        assert!(why_never(&holds).is_none());
    }

    #[test]
    fn a_binding_has_no_spec() {
        let spec = Field::Body(Side::Request, Path::dotted("spec.serviceAccountName"));
        let never = Predicate::All(vec![
            is(Field::Resource, "rolebindings"),
            test(spec.clone(), Check::Exists),
        ]);
        let why = why_never(&never).unwrap_or_default();
        assert!(why.contains("subjects, roleRef"), "{why}");
        let pods = Predicate::All(vec![is(Field::Resource, "pods"), test(spec, Check::Exists)]);
        assert!(why_never(&pods).is_none());
    }

    #[test]
    fn what_is_absent_has_no_value() {
        let field = Field::Annotation("x".to_owned());
        let never = Predicate::All(vec![
            not(test(field.clone(), Check::Exists)),
            is(field, "y"),
        ]);
        assert!(why_never(&never).is_some_and(|why| why.contains("absent")));
    }

    #[test]
    fn a_rule_too_wide_to_search_counts_as_possible() {
        let wide = |field: &dyn Fn(usize) -> Field| {
            Predicate::All(
                (0..40)
                    .map(|row| {
                        Predicate::Any((0..40).map(|it| is(field(row), &it.to_string())).collect())
                    })
                    .collect(),
            )
        };
        let predicate = Predicate::All(vec![
            wide(&|row| Field::Annotation(format!("a{row}"))),
            Predicate::All(vec![is(Field::Name, "a"), is(Field::Namespace, "b")]),
        ]);
        assert!(judge(&predicate).never.is_none());
    }
}
