//! Which rules can be true of a call, by its verb, resource and subresource, read off the predicates.
//!
//! Each rule is a bit. The verb, the resource and the subresource each give the rules that may take
//! them; what is in all three is asked. A rule that does not care about one of them is in all its sets.

use std::collections::{BTreeMap, BTreeSet};

use crate::field::Field;
use crate::predicate::{Check, Predicate};

/// The values that a predicate lets a field have; none for any value.
type Allowed = Option<BTreeSet<String>>;

/// Rules as bits.
type Set = Vec<u64>;

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    columns: [Column; 3],
}

const COLUMNS: [Field; 3] = [Field::Verb, Field::Resource, Field::Subresource];

#[derive(Debug, Default)]
struct Column {
    named: BTreeMap<String, Set>,
    any: Set,
}

impl Dispatch {
    pub(crate) fn new<'p>(predicates: impl IntoIterator<Item = &'p Predicate>) -> Self {
        let mut table = Dispatch::default();
        for (rule, predicate) in predicates.into_iter().enumerate() {
            for (field, column) in COLUMNS.iter().zip(&mut table.columns) {
                match allowed(predicate, field, true) {
                    None => set(&mut column.any, rule),
                    Some(values) => {
                        for value in values {
                            set(column.named.entry(value).or_default(), rule);
                        }
                    }
                }
            }
        }
        table
    }

    /// Puts the rules that may be true of such a call into `rules`, in ascending order.
    pub(crate) fn rules(&self, call: [&str; 3], rules: &mut Vec<usize>) {
        rules.clear();
        let mut named = [None; 3];
        let mut words = 0;
        for ((column, value), named) in self.columns.iter().zip(call).zip(&mut named) {
            *named = if value.bytes().any(|byte| byte.is_ascii_uppercase()) {
                column.named.get(&value.to_lowercase())
            } else {
                column.named.get(value)
            };
            words = words.max(column.any.len()).max(named.map_or(0, Set::len));
        }
        for word in 0..words {
            let mut bits = u64::MAX;
            for (column, named) in self.columns.iter().zip(&named) {
                bits &= at(Some(&column.any), word) | at(*named, word);
            }
            while bits != 0 {
                rules.push(word * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }
}

fn at(set: Option<&Set>, word: usize) -> u64 {
    set.and_then(|set| set.get(word)).copied().unwrap_or(0)
}

fn set(set: &mut Set, bit: usize) {
    let word = bit / 64;
    if set.len() <= word {
        set.resize(word + 1, 0);
    }
    set[word] |= 1 << (bit % 64);
}

/// Which values (in lower case) the field may have when the predicate has that answer. Never too few.
fn allowed(predicate: &Predicate, field: &Field, answer: bool) -> Allowed {
    match (predicate, answer) {
        (Predicate::Settled(settled), _) if settled.answer != answer => Some(BTreeSet::new()),
        (Predicate::Settled(_), _) => None,
        (Predicate::Not(inner), _) => allowed(inner, field, !answer),
        (Predicate::All(parts), true) | (Predicate::Any(parts), false) => {
            let mut all: Allowed = None;
            for part in parts {
                let values = allowed(part, field, answer);
                all = match (all, values) {
                    (None, values) | (values, None) => values,
                    (Some(mut left), Some(right)) => {
                        left.retain(|value| right.contains(value));
                        Some(left)
                    }
                };
            }
            all
        }
        (Predicate::All(parts), false) | (Predicate::Any(parts), true) => {
            let mut any = BTreeSet::new();
            for part in parts {
                any.append(&mut allowed(part, field, answer)?);
            }
            Some(any)
        }
        (Predicate::Test(test), _) if test.field != *field => None,
        (Predicate::Test(test), true) => match &test.check {
            Check::OneOf { values, .. } => {
                Some(values.keys().map(|value| value.to_lowercase()).collect())
            }
            _ => None,
        },
        // Not there is the empty text.
        (Predicate::Test(test), false) => {
            matches!(test.check, Check::Exists).then(|| BTreeSet::from([String::new()]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::Test;

    fn test(field: Field, check: Check) -> Predicate {
        Predicate::Test(Test {
            field,
            check,
            every: false,
            line: 0,
        })
    }

    fn asked(table: &Dispatch, call: [&str; 3]) -> Vec<usize> {
        let mut rules = Vec::new();
        table.rules(call, &mut rules);
        rules
    }

    #[test]
    fn only_rules_that_may_be_true_are_asked() {
        let is = |field, value| test(field, Check::text(value, false));
        let exec = Predicate::All(vec![
            is(Field::Resource, "pods"),
            Predicate::Any(vec![is(Field::Verb, "create"), is(Field::Verb, "get")]),
            is(Field::Subresource, "exec"),
        ]);
        let pods = Predicate::All(vec![
            is(Field::Resource, "pods"),
            Predicate::Not(Box::new(test(Field::Subresource, Check::Exists))),
        ]);
        let anyone = is(Field::Name, "x");
        let table = Dispatch::new([&exec, &pods, &anyone]);
        assert_eq!(asked(&table, ["create", "pods", "exec"]), [0, 2]);
        assert_eq!(asked(&table, ["get", "Pods", ""]), [1, 2]);
        assert_eq!(asked(&table, ["list", "pods", "exec"]), [2]);
        assert_eq!(asked(&table, ["list", "", ""]), [2]);
    }

    #[test]
    fn a_negation_narrows_nothing() {
        let not_get = Predicate::Not(Box::new(test(Field::Verb, Check::text("get", false))));
        let table = Dispatch::new([&not_get]);
        assert_eq!(asked(&table, ["create", "", ""]), [0]);
    }
}
