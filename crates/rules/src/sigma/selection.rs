//! Selections of a Sigma rule: fields with modifiers and the values that they must have.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use catseye_model::Value;
use catseye_model::path::FieldPath;

use super::Wrong;
use crate::field::Field;
use crate::network::Network;
use crate::pattern::{self, Pattern, Place as Where};
use crate::place::Place;
use crate::predicate::{Check, Order, Predicate, Settled, Test};
use crate::raw::{self, Raw};

/// Reads a selection: a map of fields, a list of such maps, or words to find anywhere.
pub(super) fn read(place: &Place<'_>, path: &FieldPath, value: &Value) -> Result<Predicate, Wrong> {
    match value {
        Value::Object(fields) => {
            let mut parts = Vec::new();
            for (key, value) in fields {
                let path = path.clone().key(key.as_str());
                parts.push(field(place.line(&path), key, value)?);
            }
            Ok(Predicate::All(parts))
        }
        Value::Array(items) if !items.is_empty() => {
            let mut parts = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let path = path.clone().index(index);
                parts.push(match item {
                    Value::Object(_) => read(place, &path, item)?,
                    word => field(place.line(&path), "", word)?,
                });
            }
            Ok(Predicate::Any(parts))
        }
        Value::String(_) | Value::Number(_) => field(place.line(path), "", value),
        _ => Err(Wrong {
            line: place.line(path),
            message: "a selection is a map of fields and values, or a list of such maps".to_owned(),
        }),
    }
}

/// How values are to be looked for.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "modifiers are words that are there or not"
)]
struct Modifiers {
    place: Option<Where>,
    all: bool,
    cased: bool,
    regex: Option<String>,
    cidr: bool,
    exists: bool,
    order: Option<Order>,
    negated: bool,
    same_as: bool,
    encodings: Vec<Encoding>,
}

#[derive(Debug, Clone, Copy)]
enum Encoding {
    Base64,
    Base64Offset,
    Wide { big_endian: bool, marked: bool },
}

fn modifiers(names: &[&str]) -> Result<Modifiers, String> {
    let mut read = Modifiers::default();
    for name in names {
        match *name {
            "contains" => read.place = Some(Where::Inside),
            "startswith" => read.place = Some(Where::Start),
            "endswith" => read.place = Some(Where::End),
            "all" => read.all = true,
            "cased" => read.cased = true,
            "re" => read.regex = Some(String::new()),
            "i" | "m" | "s" | "ignorecase" | "multiline" | "dotall" if read.regex.is_some() => {
                let flag = match *name {
                    "ignorecase" => "i",
                    "multiline" => "m",
                    "dotall" => "s",
                    flag => flag,
                };
                read.regex.get_or_insert_default().push_str(flag);
            }
            "cidr" => read.cidr = true,
            "exists" => read.exists = true,
            "gt" => read.order = Some(Order::Greater),
            "gte" => read.order = Some(Order::AtLeast),
            "lt" => read.order = Some(Order::Less),
            "lte" => read.order = Some(Order::AtMost),
            "neq" => read.negated = true,
            "fieldref" => read.same_as = true,
            "base64" => read.encodings.push(Encoding::Base64),
            "base64offset" => read.encodings.push(Encoding::Base64Offset),
            "wide" | "utf16le" => read.encodings.push(Encoding::Wide {
                big_endian: false,
                marked: false,
            }),
            "utf16be" => read.encodings.push(Encoding::Wide {
                big_endian: true,
                marked: false,
            }),
            "utf16" => read.encodings.push(Encoding::Wide {
                big_endian: false,
                marked: true,
            }),
            "windash" => {
                return Err(
                    "`windash` is about the command lines of Windows; leave it out".to_owned(),
                );
            }
            "expand" => {
                return Err(
                    "`expand` stands for values that are not in the rule; write the values"
                        .to_owned(),
                );
            }
            "minute" | "hour" | "day" | "week" | "month" | "year" => {
                return Err(format!(
                    "`{name}` of a timestamp is not known; what an actor does at unusual hours is learned by --baseline"
                ));
            }
            other => {
                return Err(format!(
                    "unknown modifier `{other}`; there are contains, startswith, endswith, all, re, cidr, exists, gt, gte, lt, lte, cased, neq, fieldref, base64, base64offset, wide"
                ));
            }
        }
    }
    Ok(read)
}

/// One line of a selection.
fn field(line: u32, key: &str, value: &Value) -> Result<Predicate, Wrong> {
    let wrong = |message: String| Wrong { line, message };
    let mut names = key.split('|');
    let name = names.next().unwrap_or_default();
    let names: Vec<&str> = names.collect();
    let modifiers = modifiers(&names).map_err(&wrong)?;
    let subject = subject(name);
    let values: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(_) => {
            return Err(wrong(format!(
                "the value of {name} is a map; write dotted names, such as {name}.name"
            )));
        }
        one => vec![one],
    };
    if values.is_empty() {
        return Err(wrong(format!(
            "{name} has no values; write `null` for a field that is absent"
        )));
    }
    let mut parts = Vec::new();
    let mut texts = Vec::new();
    for value in values {
        match one(line, &subject, &modifiers, value).map_err(&wrong)? {
            One::Text(pattern) => texts.push(pattern),
            One::Whole(predicate) => parts.push(predicate),
        }
    }
    if modifiers.all {
        parts.extend(
            texts
                .into_iter()
                .map(|it| subject.test(line, check(vec![it]))),
        );
    } else if !texts.is_empty() {
        parts.push(subject.test(line, check(texts)));
    }
    let predicate = match (parts.len(), modifiers.all) {
        (1, _) => parts.remove(0),
        (_, true) => Predicate::All(parts),
        (_, false) => Predicate::Any(parts),
    };
    Ok(if modifiers.negated {
        Predicate::Not(Box::new(predicate))
    } else {
        predicate
    })
}

/// What a name stands for; the empty one for the whole event.
fn subject(name: &str) -> Subject {
    if name.is_empty() {
        return Subject(Raw::Field(Field::Anything));
    }
    Subject(raw::dotted(name))
}

struct Subject(Raw);

impl Subject {
    fn test(&self, line: u32, check: Check) -> Predicate {
        let settled = |answer: bool, why: &str| {
            Predicate::Settled(Settled {
                answer,
                why: why.to_owned(),
                meant: false,
                line,
            })
        };
        match &self.0 {
            Raw::Field(field) => Predicate::Test(Test {
                field: field.clone(),
                check,
                every: false,
                line,
            }),
            Raw::Constant(text) => settled(check.is_met_alone(text), ""),
            Raw::Unknown(why) => settled(false, why),
        }
    }
}

enum One {
    /// A text to look for, which may stand in one check with others.
    Text(Pattern),
    Whole(Predicate),
}

fn one(line: u32, subject: &Subject, modifiers: &Modifiers, value: &Value) -> Result<One, String> {
    let not = |inner: Predicate| One::Whole(Predicate::Not(Box::new(inner)));
    let whole = |check: Check| One::Whole(subject.test(line, check));
    if modifiers.exists {
        let there = subject.test(line, Check::Exists);
        return match value {
            Value::Bool(true) => Ok(One::Whole(there)),
            Value::Bool(false) => Ok(not(there)),
            _ => Err("`exists` takes true or false".to_owned()),
        };
    }
    let text = match value {
        Value::Null => return Ok(not(subject.test(line, Check::Exists))),
        Value::String(text) => text.to_string(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => {
            return Err("a value is a text, a number, true, false or null".to_owned());
        }
    };
    let fold = !modifiers.cased;
    if let Some(flags) = &modifiers.regex {
        let flags = if flags.is_empty() {
            String::new()
        } else {
            format!("(?{flags})")
        };
        return Ok(whole(Check::Regex(pattern::regex(&format!(
            "{flags}{text}"
        ))?)));
    }
    if modifiers.cidr {
        let network = Network::read(&text)
            .ok_or_else(|| format!("`{text}` is no network; write 10.0.0.0/8 or fd00::/8"))?;
        return Ok(whole(Check::Within(network)));
    }
    if let Some(order) = modifiers.order {
        let bound = text
            .parse()
            .map_err(|_| format!("`{text}` is no number, which gt, gte, lt and lte need"))?;
        return Ok(whole(Check::Number(order, bound)));
    }
    if modifiers.same_as {
        return match raw::dotted(&text) {
            Raw::Field(field) => Ok(whole(Check::SameAs(field, fold))),
            Raw::Constant(constant) => Ok(whole(Check::text(constant, fold))),
            Raw::Unknown(why) => Err(why),
        };
    }
    let place = modifiers.place.unwrap_or(match &subject.0 {
        // Words are looked for anywhere in any text.
        Raw::Field(Field::Anything) => Where::Inside,
        _ => Where::Whole,
    });
    if !modifiers.encodings.is_empty() {
        let patterns = encoded(&text, &modifiers.encodings)?
            .into_iter()
            // What is encoded is compared as it is.
            .map(|text| Pattern::literal(place, &text, false))
            .collect();
        return Ok(whole(Check::Fits(patterns)));
    }
    Ok(One::Text(Pattern::wild(place, &text, fold)))
}

/// Whole texts as one set, anything else as patterns.
fn check(patterns: Vec<Pattern>) -> Check {
    let fold = patterns.iter().any(Pattern::folds);
    let values = patterns
        .iter()
        .map(|pattern| Some((pattern.as_whole()?.to_owned(), pattern.written().to_owned())))
        .collect();
    match values {
        Some(values) => Check::OneOf { values, fold },
        None => Check::Fits(patterns),
    }
}

fn encoded(text: &str, encodings: &[Encoding]) -> Result<Vec<String>, String> {
    let mut bytes = text.as_bytes().to_vec();
    for encoding in encodings {
        match encoding {
            Encoding::Wide { big_endian, marked } => {
                let mark = marked.then_some(0xFEFF);
                bytes = mark
                    .into_iter()
                    .chain(String::from_utf8_lossy(&bytes).encode_utf16())
                    .flat_map(|unit| {
                        if *big_endian {
                            unit.to_be_bytes()
                        } else {
                            unit.to_le_bytes()
                        }
                    })
                    .collect();
            }
            Encoding::Base64 => return Ok(vec![BASE64_STANDARD.encode(&bytes)]),
            Encoding::Base64Offset => {
                return Ok((0..3).map(|shift| shifted(&bytes, shift)).collect());
            }
        }
    }
    Err("wide texts are looked for in base64: write `wide|base64offset|contains`".to_owned())
}

/// The part of the base64 of a longer text that depends on these bytes alone, when they begin at an
/// offset that leaves that remainder.
fn shifted(bytes: &[u8], shift: usize) -> String {
    let mut padded = vec![b' '; shift];
    padded.extend_from_slice(bytes);
    let text = BASE64_STANDARD.encode(&padded);
    let start = [0, 2, 3].get(shift).copied().unwrap_or_default();
    // The last characters change with what follows.
    let open = [0, 3, 2].get(padded.len() % 3).copied().unwrap_or_default();
    let end = text.len().saturating_sub(open).max(start);
    text.get(start..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_texts_are_found_at_any_offset() {
        let parts = encoded("/bin/bash", &[Encoding::Base64Offset]).expect("three forms");
        for before in ["", "x", "xy", "xyz"] {
            let whole = BASE64_STANDARD.encode(format!("{before}/bin/bash -c id"));
            assert!(
                parts.iter().any(|part| whole.contains(part.as_str())),
                "{before} {whole} {parts:?}"
            );
        }
        let wide = Encoding::Wide {
            big_endian: false,
            marked: false,
        };
        assert_eq!(
            encoded("ab", &[wide, Encoding::Base64]),
            Ok(vec!["YQBiAA==".to_owned()])
        );
        assert!(encoded("ab", &[wide]).is_err());
    }

    #[test]
    fn modifiers_that_make_no_sense_here_are_refused() {
        for (names, said) in [
            (vec!["windash"], "Windows"),
            (vec!["contain"], "unknown modifier"),
            (vec!["expand"], "write the values"),
        ] {
            let err = modifiers(&names).expect_err("refused");
            assert!(err.contains(said), "{err}");
        }
    }
}
