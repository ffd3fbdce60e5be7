//! Sigma correlations: how many events, how many values, or which rules in what order, in how long.

use catseye_model::Value;
use catseye_model::path::FieldPath;

use super::{Wrong, about, names};
use crate::correlation::{Bound, Kind, MOST};
use crate::field::Field;
use crate::place::Place;
use crate::predicate::Order;
use crate::problem::{Level, Problem};
use crate::raw::{self, Raw};
use crate::rule::About;

/// A correlation whose rules are named and not yet found.
#[derive(Debug)]
pub(crate) struct Unresolved {
    pub(crate) about: About,
    /// By which other correlations refer to it.
    pub(crate) names: Vec<String>,
    pub(crate) rules: Vec<String>,
    pub(crate) kind: Kind,
    pub(crate) group_by: Vec<Key>,
    /// Seconds.
    pub(crate) timespan: i64,
    pub(crate) bound: Bound,
    /// The rules that it is made of make detections of their own, too.
    pub(crate) generate: bool,
}

/// A field by which events are grouped: the same of every rule, or one for each.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Field(Field),
    /// The name of a rule and the field that stands for the alias there.
    Alias(Vec<(String, Field)>),
}

/// Reads a correlation; what is wrong goes to `problems`.
pub(crate) fn read(
    place: &Place<'_>,
    document: &Value,
    problems: &mut Vec<Problem>,
) -> Option<Unresolved> {
    let about = about(place, document);
    match correlation(place, document, &about) {
        Ok(read) => Some(read),
        Err(wrong) => {
            problems.push(Problem {
                file: place.file.to_owned(),
                line: wrong.line,
                level: Level::Error,
                rule: Some(about.title),
                message: wrong.message,
            });
            None
        }
    }
}

fn correlation(place: &Place<'_>, document: &Value, about: &About) -> Result<Unresolved, Wrong> {
    let root = FieldPath::root().key("correlation");
    let wrong = |key: &str, message: String| Wrong {
        line: place.line(&root.clone().key(key)),
        message,
    };
    let text = |key: &str| {
        let value = document.get("correlation").and_then(|it| it.get(key));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    let list = |key: &str| -> Vec<String> {
        let value = document.get("correlation").and_then(|it| it.get(key));
        match value {
            Some(Value::String(one)) => vec![one.to_string()],
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    };
    let condition = document
        .get("correlation")
        .and_then(|it| it.get("condition"))
        .and_then(Value::as_object);
    let rules = list("rules");
    if rules.is_empty() {
        return Err(wrong(
            "rules",
            "it names no rules; write their names or ids".to_owned(),
        ));
    }
    let timespan = seconds(text("timespan")).ok_or_else(|| {
        wrong(
            "timespan",
            "`timespan` is a number with s, m, h or d, such as 5m".to_owned(),
        )
    })?;
    let mut aliases = Vec::new();
    let written = document
        .get("correlation")
        .and_then(|it| it.get("aliases"))
        .and_then(Value::as_object);
    for (alias, fields) in written.into_iter().flatten() {
        let mut of_rules = Vec::new();
        for (rule, name) in fields.as_object().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            let field = field(name).map_err(|why| wrong("aliases", why))?;
            of_rules.push((rule.to_string(), field));
        }
        aliases.push((alias.to_string(), of_rules));
    }
    let mut group_by = Vec::new();
    for name in list("group-by") {
        let alias = aliases.iter().find(|(alias, _)| *alias == name);
        group_by.push(match alias {
            Some((_, fields)) => Key::Alias(fields.clone()),
            None => Key::Field(field(&name).map_err(|why| wrong("group-by", why))?),
        });
    }
    let kind = match text("type") {
        "event_count" => Kind::EventCount,
        "value_count" => {
            let name = condition
                .and_then(|it| it.get("field"))
                .and_then(Value::as_str)
                .unwrap_or_default();
            if name.is_empty() {
                return Err(wrong(
                    "condition",
                    "value_count needs the field whose values it counts; write `field:` in the condition".to_owned(),
                ));
            }
            Kind::ValueCount(field(name).map_err(|why| wrong("condition", why))?)
        }
        "temporal" => Kind::Temporal,
        "temporal_ordered" => Kind::TemporalOrdered,
        other => {
            return Err(wrong(
                "type",
                format!(
                    "the type {other:?} is not known; there are event_count, value_count, temporal and temporal_ordered"
                ),
            ));
        }
    };
    let bound = match (&kind, bound(condition)) {
        (_, Ok(Some(bound))) => bound,
        (Kind::Temporal | Kind::TemporalOrdered, Ok(None)) => Bound {
            order: Order::AtLeast,
            count: rules.len(),
        },
        (_, Ok(None)) => {
            return Err(wrong(
                "condition",
                "it has no condition; write `condition: {gte: 10}`".to_owned(),
            ));
        }
        (_, Err(why)) => return Err(wrong("condition", why)),
    };
    if matches!(kind, Kind::TemporalOrdered) && bound.count != rules.len() {
        return Err(wrong(
            "condition",
            "temporal_ordered waits for all its rules; leave the condition out".to_owned(),
        ));
    }
    Ok(Unresolved {
        about: about.clone(),
        names: names(document),
        rules,
        kind,
        group_by,
        timespan,
        bound,
        generate: document
            .get("correlation")
            .and_then(|it| it.get("generate"))
            .or_else(|| document.get("generate"))
            .is_some_and(|it| it == &Value::Bool(true)),
    })
}

fn field(name: &str) -> Result<Field, String> {
    match raw::dotted(name) {
        Raw::Field(field) => Ok(field),
        Raw::Constant(text) => Err(format!("{name} is {text:?} in every event")),
        Raw::Unknown(why) => Err(why),
    }
}

fn bound(condition: Option<&catseye_model::value::Map>) -> Result<Option<Bound>, String> {
    let mut found = None;
    for (key, value) in condition.into_iter().flatten() {
        let order = match key.as_str() {
            "gt" => Order::Greater,
            "gte" => Order::AtLeast,
            "lt" => Order::Less,
            "lte" => Order::AtMost,
            "eq" => Order::Equal,
            "neq" => Order::Unequal,
            "field" => continue,
            other => {
                return Err(format!(
                    "unknown comparison `{other}`; write gt, gte, lt, lte, eq or neq"
                ));
            }
        };
        let count = value
            .as_u64()
            .and_then(|count| usize::try_from(count).ok())
            .filter(|count| *count <= MOST)
            .ok_or_else(|| format!("`{key}` takes a whole number up to {MOST}"))?;
        if found.is_some() {
            return Err("the condition has more than one comparison; write one".to_owned());
        }
        found = Some(Bound { order, count });
    }
    let never = found.as_ref().is_some_and(|it: &Bound| {
        it.order == Order::Less && it.count <= 1
            || it.order == Order::AtMost && it.count == 0
            || it.order == Order::Equal && it.count == 0
    });
    if never {
        return Err(
            "a count is looked at when an event matches, so it is never below 1; write gte"
                .to_owned(),
        );
    }
    Ok(found)
}

/// `15s`, `5m`, `2h`, `7d`, in seconds.
fn seconds(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text
        .get(..text.len() - unit.len_utf8())?
        .trim()
        .parse()
        .ok()?;
    let seconds = match unit {
        's' => number,
        'm' => number.checked_mul(60)?,
        'h' => number.checked_mul(3600)?,
        'd' => number.checked_mul(86_400)?,
        'w' => number.checked_mul(7 * 86_400)?,
        _ => return None,
    };
    (1..=366 * 86_400).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_are_read() {
        for (text, expected) in [
            ("15s", Some(15)),
            ("5m", Some(300)),
            ("2h", Some(7200)),
            ("7d", Some(604_800)),
            ("5", None),
            ("5M", None),
            ("-5m", None),
            ("99999999999999d", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
