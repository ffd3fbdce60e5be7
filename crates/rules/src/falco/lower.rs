//! Falco conditions as predicates: macros and lists put in, fields looked up, operators made checks.

use super::Book;
use super::condition::{self, Comparison, Expression, Operator};
use super::fields::{self, Known};
use crate::derived::Derived;
use crate::field::Field;
use crate::pattern::{Pattern, Place, regex};
use crate::predicate::{Check, Order, Predicate, Settled, Test};

/// How many parts a condition may have when all macros are put in.
const PARTS: usize = 50_000;
/// How deep macros may use each other.
const DEPTH: usize = 32;

/// What Falco writes for a field that is absent.
const ABSENT: &str = "<NA>";

/// Reads and lowers the text of a condition.
pub(super) fn condition(
    book: &Book,
    text: &str,
    file: &str,
    line: u32,
) -> Result<Predicate, String> {
    let mut lowering = Lowering {
        book,
        file,
        parts: 0,
    };
    lowering.text(text, line, 0)
}

/// Lowers what was put together from exceptions.
pub(super) fn expression(
    book: &Book,
    expression: &Expression,
    file: &str,
    line: u32,
) -> Result<Predicate, String> {
    let mut lowering = Lowering {
        book,
        file,
        parts: 0,
    };
    lowering.expression(expression, line, 0)
}

struct Lowering<'b> {
    book: &'b Book,
    file: &'b str,
    parts: usize,
}

impl Lowering<'_> {
    fn text(&mut self, text: &str, line: u32, depth: usize) -> Result<Predicate, String> {
        let read = condition::read(text).map_err(|err| {
            format!(
                "cannot read the condition at {}: expected {}",
                err.found, err.expected
            )
        })?;
        self.expression(&read, line, depth)
    }

    fn expression(
        &mut self,
        expression: &Expression,
        line: u32,
        depth: usize,
    ) -> Result<Predicate, String> {
        self.parts += 1;
        if self.parts > PARTS || depth > DEPTH {
            return Err("its macros use each other too often, or in a circle".to_owned());
        }
        match expression {
            Expression::Any(parts) => Ok(Predicate::Any(self.all(parts, line, depth)?)),
            Expression::All(parts) => Ok(Predicate::All(self.all(parts, line, depth)?)),
            Expression::Not(inner) => {
                let inner = self.expression(inner, line, depth)?;
                Ok(Predicate::Not(Box::new(inner)))
            }
            Expression::Macro(name) => {
                let Some(known) = self.book.macros.get(name) else {
                    return Err(format!(
                        "there is no macro {name}; load the file that has it first"
                    ));
                };
                // Lines are told in the rule's own file only.
                let line = if known.file == self.file {
                    known.line
                } else {
                    0
                };
                self.text(&known.condition, line, depth + 1)
                    .map_err(|err| format!("macro {name}: {err}"))
            }
            Expression::Comparison(comparison) => self.comparison(comparison, line),
        }
    }

    fn all(
        &mut self,
        parts: &[Expression],
        line: u32,
        depth: usize,
    ) -> Result<Vec<Predicate>, String> {
        parts
            .iter()
            .map(|part| self.expression(part, line, depth))
            .collect()
    }

    fn comparison(&self, comparison: &Comparison, line: u32) -> Result<Predicate, String> {
        let values = self.values(comparison);
        let settled = |answer: bool, why: String, meant: bool| {
            Predicate::Settled(Settled {
                answer,
                why,
                meant,
                line,
            })
        };
        let mut field = match fields::look_up(&comparison.field)? {
            Known::Field(field) => field,
            Known::Clock => return Ok(settled(clock(comparison, &values)?, String::new(), true)),
            Known::Nowhere(why) => return Ok(settled(false, why, false)),
            Known::Constant(text) => {
                if comparison.operator == Operator::Unequal {
                    let answer = values.first().is_some_and(|value| value != text);
                    return Ok(settled(answer, String::new(), true));
                }
                let check = check(comparison, &values)?;
                return Ok(settled(check.is_met_alone(text), String::new(), true));
            }
        };
        if comparison.operator.takes_a_list() && values.is_empty() {
            // An empty list is there to be filled.
            return Ok(settled(false, String::new(), true));
        }
        let is_list = fields::is_list(&field);
        for transformer in &comparison.transformers {
            field = match transformer.as_str() {
                "tolower" => Field::Derived(Derived::Lower(Box::new(field))),
                "toupper" => Field::Derived(Derived::Upper(Box::new(field))),
                other => {
                    return Err(format!(
                        "the transformer {other}() is not known; there are tolower() and toupper()"
                    ));
                }
            };
        }
        let test = |check: Check, every: bool| {
            Predicate::Test(Test {
                field: field.clone(),
                check,
                every,
                line,
            })
        };
        Ok(match comparison.operator {
            // Nothing is unequal to what is not there.
            Operator::Unequal => Predicate::All(vec![
                test(Check::Exists, false),
                Predicate::Not(Box::new(test(check(comparison, &values)?, false))),
            ]),
            Operator::In => test(check(comparison, &values)?, is_list),
            _ => test(check(comparison, &values)?, false),
        })
    }

    /// The values with lists put in where the operator takes them.
    fn values(&self, comparison: &Comparison) -> Vec<String> {
        let mut values = Vec::new();
        for value in &comparison.values {
            let list = (!value.is_quoted && comparison.operator.takes_a_list())
                .then(|| self.book.expanded(&value.text))
                .flatten();
            match list {
                Some(items) => values.extend(items),
                None => values.push(value.text.clone()),
            }
        }
        for value in &mut values {
            if value == ABSENT {
                value.clear();
            }
        }
        values
    }
}

/// Macros that are always or never true compare the clock with 0.
fn clock(comparison: &Comparison, values: &[String]) -> Result<bool, String> {
    let is_zero = values.first().is_some_and(|value| value == "0");
    match comparison.operator {
        Operator::Exists => Ok(true),
        Operator::Equal | Operator::Less | Operator::AtMost if is_zero => Ok(false),
        Operator::Unequal | Operator::Greater | Operator::AtLeast if is_zero => Ok(true),
        _ => Err(format!(
            "{} is compared with 0 only, as in macros that are always or never true",
            comparison.field.name
        )),
    }
}

fn check(comparison: &Comparison, values: &[String]) -> Result<Check, String> {
    let first = values.first().map_or("", String::as_str);
    let literal = |place, fold| Check::Fits(vec![Pattern::literal(place, first, fold)]);
    let number = |order| {
        first
            .parse()
            .map(|number| Check::Number(order, number))
            .map_err(|_| format!("{first:?} is no number"))
    };
    Ok(match comparison.operator {
        Operator::Exists => Check::Exists,
        Operator::Equal | Operator::Unequal | Operator::In | Operator::Intersects => {
            Check::texts(values.iter().map(String::as_str), false)
        }
        Operator::Less => number(Order::Less)?,
        Operator::AtMost => number(Order::AtMost)?,
        Operator::Greater => number(Order::Greater)?,
        Operator::AtLeast => number(Order::AtLeast)?,
        Operator::Contains => literal(Place::Inside, false),
        Operator::Icontains => literal(Place::Inside, true),
        Operator::StartsWith => literal(Place::Start, false),
        Operator::EndsWith => literal(Place::End, false),
        Operator::Glob => glob(first, false)?,
        Operator::Iglob => glob(first, true)?,
        Operator::Regex => Check::Regex(regex(&format!("^(?:{first})$"))?),
        Operator::PathMatch => Check::Fits(
            values
                .iter()
                .flat_map(|path| {
                    let path = path.trim_end_matches('/');
                    let below = Pattern::literal(Place::Start, &format!("{path}/"), false);
                    [Pattern::literal(Place::Whole, path, false), below]
                })
                .collect(),
        ),
    })
}

/// `*`, `?` and sets of characters, as a shell has them.
fn glob(text: &str, fold: bool) -> Result<Check, String> {
    if !text.contains('[') {
        return Ok(Check::Fits(vec![Pattern::wild(Place::Whole, text, fold)]));
    }
    let mut pattern = String::from(if fold { "(?is)^" } else { "(?s)^" });
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            '[' => {
                pattern.push('[');
                for within in rest.by_ref() {
                    match within {
                        '!' if pattern.ends_with('[') => pattern.push('^'),
                        '\\' | '[' | '&' | '~' => {
                            pattern.push('\\');
                            pattern.push(within);
                        }
                        _ => pattern.push(within),
                    }
                    if within == ']' {
                        break;
                    }
                }
            }
            _ => pattern.push_str(&regex::escape(&next.to_string())),
        }
    }
    pattern.push('$');
    Ok(Check::Regex(regex(&pattern)?))
}
