//! Regular expressions, in the syntax of Go's `regexp`.

use std::cell::RefCell;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::{Call, Failure, Function, fail, member};
use crate::value::Val;

/// What a compiled pattern may take in memory.
const SIZE: usize = 1 << 20;
/// What compiling a pattern costs that only the evaluation knows, in steps, and for each of its bytes.
const COMPILING: usize = 10_000;
const COMPILING_A_BYTE: usize = 10;
/// How many such patterns are kept at a time: each may take [`SIZE`].
const MOST_KEPT: usize = 32;

/// The patterns that were compiled while evaluating, for the evaluations of one budget.
#[derive(Debug, Default)]
pub(crate) struct Patterns(RefCell<Vec<(String, Arc<Regex>)>>);

const fn pattern(mut function: Function) -> Function {
    function.takes_pattern = true;
    function
}

pub(crate) const FUNCTIONS: &[Function] = &[
    pattern(member("matches", 1, 1, matches)),
    pattern(super::global("matches", 2, 2, matches)),
    pattern(member("find", 1, 1, |call| {
        let found = of(call)?
            .find(call.text(0)?)
            .map_or("", |found| found.as_str());
        call.made(found)
    })),
    pattern(member("findAll", 1, 2, find_all)),
];

fn matches(call: &Call<'_>) -> Result<Val, Failure> {
    Ok(Val::Bool(of(call)?.is_match(call.text(0)?)))
}

fn find_all(call: &Call<'_>) -> Result<Val, Failure> {
    let limit = match call.args.get(2) {
        Some(_) => usize::try_from(call.int(2)?).ok(),
        None => None,
    };
    let found: Vec<Val> = of(call)?
        .find_iter(call.text(0)?)
        .take(limit.unwrap_or(usize::MAX))
        .map(|found| Val::text(found.as_str()))
        .collect();
    call.made_list(found)
}

/// The pattern of a call: compiled with the program where it is a literal, else now, which costs more.
/// Shared, because a cloned `Regex` starts with memory of its own to fill.
fn of(call: &Call<'_>) -> Result<Arc<Regex>, Failure> {
    let pattern = call.text(1)?;
    let text = call.text(0)?;
    call.budget
        .step(pattern.len().saturating_mul(text.len() / 10 + 10))?;
    if let Some(regex) = call.pattern {
        return Ok(regex.clone());
    }
    let mut kept = call.budget.patterns.0.borrow_mut();
    if let Some((_, regex)) = kept.iter().find(|(known, _)| known == pattern) {
        return Ok(regex.clone());
    }
    let cost = pattern.len().saturating_mul(COMPILING_A_BYTE);
    call.budget.step(COMPILING.saturating_add(cost))?;
    let regex = Arc::new(compile(pattern).or_else(fail)?);
    if kept.len() >= MOST_KEPT {
        kept.clear();
    }
    kept.push((pattern.to_owned(), regex.clone()));
    Ok(regex)
}

/// Compiles a pattern of Go.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translated(pattern))
        .size_limit(SIZE)
        .dfa_size_limit(SIZE)
        .nest_limit(100)
        .build()
        .map_err(|err| match err {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            _ => "error parsing regexp".to_owned(),
        })
}

/// The same pattern for the `regex` crate: `\d` and the like mean ASCII in Go, and a class in Go has no
/// sets within.
fn translated(pattern: &str) -> String {
    let mut made = String::with_capacity(pattern.len() + 8);
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    let mut class_begins = false;
    while let Some(c) = characters.next() {
        let begins = std::mem::take(&mut class_begins);
        match c {
            '\\' => match characters.next() {
                Some('d') => made.push_str("[0-9]"),
                Some('D') => made.push_str("[^0-9]"),
                Some('w') => made.push_str("[0-9A-Za-z_]"),
                Some('W') => made.push_str("[^0-9A-Za-z_]"),
                Some('s') => made.push_str(r"[\t\n\f\r ]"),
                Some('S') => made.push_str(r"[^\t\n\f\r ]"),
                Some('b') if !in_class => made.push_str(r"(?-u:\b)"),
                Some('B') if !in_class => made.push_str(r"(?-u:\B)"),
                Some('Q') if !in_class => {
                    let mut literal = String::new();
                    while let Some(c) = characters.next() {
                        if c == '\\' && characters.next_if_eq(&'E').is_some() {
                            break;
                        }
                        literal.push(c);
                    }
                    made.push_str(&regex::escape(&literal));
                }
                Some(other) => {
                    made.push('\\');
                    made.push(other);
                }
                None => made.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                made.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    made.push('^');
                }
                class_begins = true;
            }
            '[' if characters.peek() == Some(&':') => {
                made.push('[');
                for c in characters.by_ref() {
                    made.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' => made.push_str(r"\["),
            ']' if in_class && begins => made.push_str(r"\]"),
            ']' => {
                in_class = false;
                made.push(']');
            }
            '&' | '~' if in_class => {
                made.push('\\');
                made.push(c);
            }
            other => made.push(other),
        }
    }
    made
}
