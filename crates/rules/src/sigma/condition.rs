//! The condition of a Sigma rule: `selection and not 1 of filter_*`.

use std::collections::BTreeMap;

use crate::pattern::{Pattern, Place};
use crate::predicate::Predicate;

/// How deep parentheses may nest.
const DEPTH: usize = 64;
/// How many parts a condition may have when its selections are put in.
const PARTS: usize = 10_000;

/// Reads a condition over these selections; says what to write where that fails.
pub(super) fn read(
    text: &str,
    selections: &BTreeMap<&str, Predicate>,
) -> Result<Predicate, String> {
    if text.contains('|') {
        return Err(
            "`|` in a condition is no longer Sigma; write a correlation (type: event_count or value_count) that names this rule".to_owned(),
        );
    }
    let mut reader = Reader {
        words: words(text),
        at: 0,
        selections,
        depth: 0,
        parts: 0,
    };
    let predicate = reader.any()?;
    match reader.words.get(reader.at) {
        None => Ok(predicate),
        Some(word) => Err(format!(
            "cannot read the condition at `{word}`: expected `and`, `or` or its end"
        )),
    }
}

fn words(text: &str) -> Vec<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

struct Reader<'s> {
    words: Vec<String>,
    at: usize,
    selections: &'s BTreeMap<&'s str, Predicate>,
    depth: usize,
    parts: usize,
}

impl Reader<'_> {
    fn next_is(&mut self, word: &str) -> bool {
        let is = self
            .words
            .get(self.at)
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn any(&mut self) -> Result<Predicate, String> {
        let mut parts = vec![self.all()?];
        while self.next_is("or") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Predicate::Any))
    }

    fn all(&mut self) -> Result<Predicate, String> {
        let mut parts = vec![self.not()?];
        while self.next_is("and") {
            parts.push(self.not()?);
        }
        Ok(joined(parts, Predicate::All))
    }

    fn not(&mut self) -> Result<Predicate, String> {
        let mut negated = false;
        while self.next_is("not") {
            negated = !negated;
        }
        let inner = if self.next_is("(") {
            self.depth += 1;
            if self.depth > DEPTH {
                return Err("too many parentheses within each other".to_owned());
            }
            let inner = self.any()?;
            self.depth -= 1;
            if !self.next_is(")") {
                return Err("a parenthesis is not closed".to_owned());
            }
            inner
        } else {
            self.term()?
        };
        Ok(if negated {
            Predicate::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn term(&mut self) -> Result<Predicate, String> {
        self.parts += 1;
        if self.parts > PARTS {
            return Err("the condition is too long".to_owned());
        }
        let Some(word) = self.words.get(self.at).cloned() else {
            return Err("the condition ends where the name of a selection is expected".to_owned());
        };
        let quantifier = word.to_ascii_lowercase();
        let is_of = self
            .words
            .get(self.at + 1)
            .is_some_and(|next| next.eq_ignore_ascii_case("of"));
        if is_of {
            let Some(of) = self.words.get(self.at + 2).cloned() else {
                return Err(format!(
                    "`{word} of` names no selections; write `{word} of them`"
                ));
            };
            self.at += 3;
            let parts = self.named(&of)?;
            return match quantifier.as_str() {
                "1" | "any" => Ok(joined(parts, Predicate::Any)),
                "all" => Ok(joined(parts, Predicate::All)),
                _ => Err(format!(
                    "`{word} of` is not Sigma; write `1 of` or `all of`"
                )),
            };
        }
        self.at += 1;
        match self.selections.get(word.as_str()) {
            Some(selection) => Ok(selection.clone()),
            None => Err(format!(
                "the condition names `{word}`; the selections are {}",
                self.known()
            )),
        }
    }

    /// The selections that `them` or a name with wildcards stands for.
    fn named(&self, of: &str) -> Result<Vec<Predicate>, String> {
        let pattern = Pattern::wild(Place::Whole, of, false);
        let all = of.eq_ignore_ascii_case("them");
        let parts: Vec<Predicate> = self
            .selections
            .iter()
            .filter(|(name, _)| {
                if all {
                    !name.starts_with('_')
                } else {
                    pattern.matches(name)
                }
            })
            .map(|(_, selection)| selection.clone())
            .collect();
        if parts.is_empty() {
            return Err(format!(
                "no selection is called `{of}`; the selections are {}",
                self.known()
            ));
        }
        Ok(parts)
    }

    fn known(&self) -> String {
        let names: Vec<&str> = self.selections.keys().copied().collect();
        names.join(", ")
    }
}

fn joined(mut parts: Vec<Predicate>, many: fn(Vec<Predicate>) -> Predicate) -> Predicate {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::Settled;

    fn selections() -> BTreeMap<&'static str, Predicate> {
        let of = |answer| {
            Predicate::Settled(Settled {
                answer,
                why: String::new(),
                meant: true,
                line: 0,
            })
        };
        BTreeMap::from([
            ("sel_a", of(true)),
            ("sel_b", of(false)),
            ("filter", of(false)),
            ("_hidden", of(false)),
        ])
    }

    fn answer(predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Settled(settled) => settled.answer,
            Predicate::All(parts) => parts.iter().all(answer),
            Predicate::Any(parts) => parts.iter().any(answer),
            Predicate::Not(inner) => !answer(inner),
            Predicate::Test(_) => false,
        }
    }

    #[test]
    fn conditions_mean_what_sigma_means() {
        for (text, expected) in [
            ("sel_a", true),
            ("sel_a and not filter", true),
            ("sel_b or sel_a and not filter", true),
            ("(sel_b or sel_a) AND filter", false),
            ("1 of sel_*", true),
            ("all of sel_*", false),
            ("any of them", true),
            ("not 1 of filter*", true),
            ("not not sel_a", true),
            ("all of them", false),
        ] {
            let read = read(text, &selections()).expect(text);
            assert_eq!(answer(&read), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_what_to_write() {
        for (text, said) in [
            (
                "selection",
                "the selections are _hidden, filter, sel_a, sel_b",
            ),
            ("1 of other*", "no selection is called"),
            ("2 of them", "write `1 of` or `all of`"),
            ("sel_a | count() > 5", "write a correlation"),
            ("sel_a and", "the condition ends"),
            ("(sel_a", "not closed"),
            ("sel_a sel_b", "expected `and`"),
        ] {
            let err = read(text, &selections()).expect_err(text);
            assert!(err.contains(said), "{text}: {err}");
        }
        assert!(read(&"(".repeat(5000), &selections()).is_err());
    }
}
