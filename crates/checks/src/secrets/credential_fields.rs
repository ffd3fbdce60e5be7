//! The credentials among all fields of a value whose schema is not known: custom resources, and
//! objects written as JSON into an annotation.
//!
//! A field is judged by its own name; the value of `{name: DB_PASSWORD, value: …}` by that name, a
//! member of a list by the list's, and `command` and `args` as a command line. Mappings that refer to
//! a Secret (`secretKeyRef`, `valueFrom`) hold names, so only a form of its own counts there.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields};

use super::disclosure::{self, Disclosure};
use crate::credential::{Confidence, detect_args};

/// Deeper than any schema.
const DEEPEST: u32 = 64;

/// A field that holds a credential.
pub(super) struct Field<'a> {
    /// What the credential is called.
    pub(super) name: Option<&'a str>,
    /// The whole text of the field.
    pub(super) text: &'a str,
    pub(super) disclosed: Disclosure,
    place: &'a Place<'a>,
}

impl Field<'_> {
    /// The way to the field from the value's root; it stops above a key that must not be shown, and
    /// above a member of a list whose name must not be.
    pub(super) fn path(&self) -> FieldPath {
        let mut path = FieldPath::root();
        let mut steps = self.place.steps();
        steps.reverse();
        for step in steps {
            path = match step {
                Step::Key(key) if disclosure::may_be_shown(key) => path.key(key),
                Step::Index(index, member) if disclosure::may_be_named(member) => path.index(index),
                Step::Key(_) | Step::Index(..) => return path,
            };
        }
        path
    }
}

/// A place in a value, as a chain to its root: paths are made for findings alone.
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize, &'a Value),
}

impl<'a> Place<'a> {
    /// From here to the root.
    fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = vec![self.step];
        let mut above = self.above;
        while let Some(place) = above {
            steps.push(place.step);
            above = place.above;
        }
        steps
    }
}

/// Calls `report` with each field below `value` that holds a credential; `key` is where it stands.
pub(super) fn each(key: &str, value: &Value, report: &mut dyn FnMut(Field<'_>)) {
    let place = Place {
        above: None,
        step: Step::Key(key),
    };
    let naming = Naming {
        name: Some(key),
        refers: false,
        depth: 0,
    };
    visit(value, &place, naming, report);
}

/// What is known of a value from above.
#[derive(Clone, Copy)]
struct Naming<'a> {
    name: Option<&'a str>,
    /// Below a mapping that refers to something else.
    refers: bool,
    depth: u32,
}

fn visit(value: &Value, place: &Place<'_>, naming: Naming<'_>, report: &mut dyn FnMut(Field<'_>)) {
    if naming.depth > DEEPEST {
        return;
    }
    let below = |name, refers| Naming {
        name,
        refers,
        depth: naming.depth + 1,
    };
    match value {
        Value::String(text) => judge(text, place, naming, report),
        Value::Array(members) => {
            if naming.name.is_some_and(is_command) {
                judge_command(members, place, report);
                return;
            }
            for (index, member) in members.iter().enumerate() {
                let place = Place {
                    above: Some(place),
                    step: Step::Index(index, member),
                };
                visit(member, &place, below(naming.name, naming.refers), report);
            }
        }
        Value::Object(fields) => {
            let named = value.text("name").or_else(|| value.text("key"));
            for (key, field) in fields {
                let place = Place {
                    above: Some(place),
                    step: Step::Key(key),
                };
                let name = match named {
                    Some(name) if key == "value" => name,
                    _ => key,
                };
                let refers = naming.refers || is_reference(key, field);
                visit(field, &place, below(Some(name), refers), report);
            }
        }
        _ => {}
    }
}

fn judge(text: &str, place: &Place<'_>, naming: Naming<'_>, report: &mut dyn FnMut(Field<'_>)) {
    let by_form_alone = naming.refers || naming.name.is_some_and(is_prose);
    let name = naming.name.filter(|_| !by_form_alone);
    let Some(disclosed) = Disclosure::in_text(name, text) else {
        return;
    };
    let credential = disclosed.credential();
    if by_form_alone && credential.confidence < Confidence::High
        || name.is_some_and(|name| disclosure::names_a_secret(name, credential, text))
    {
        return;
    }
    report(Field {
        name: naming.name,
        text,
        disclosed,
        place,
    });
}

fn judge_command(members: &[Value], place: &Place<'_>, report: &mut dyn FnMut(Field<'_>)) {
    let words: Vec<&str> = members
        .iter()
        .map(|word| word.as_str().unwrap_or_default())
        .collect();
    for (index, credential) in detect_args(&words) {
        let (Some(word), Some(text)) = (members.get(index), words.get(index)) else {
            continue;
        };
        let place = Place {
            above: Some(place),
            step: Step::Index(index, word),
        };
        report(Field {
            name: None,
            text,
            disclosed: Disclosure::of(credential),
            place: &place,
        });
    }
}

fn is_command(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "command" || name.ends_with("args")
}

/// `passwordRef`, `valueFrom`, `secretKeys`: what stands below are names of Secrets and their keys.
fn is_reference(key: &str, value: &Value) -> bool {
    let ends = |end: &str| {
        key.len()
            .checked_sub(end.len())
            .and_then(|start| key.get(start..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    let by_name = [
        "ref",
        "refs",
        "from",
        "keys",
        "selector",
        "keymapping",
        "existingsecret",
        "labels",
        "matchlabels",
    ];
    // `secret: {name: db, key: password}`, whatever the field is called.
    let by_shape = || {
        value.as_object().is_some_and(|fields| {
            fields.contains_key("key")
                && fields.contains_key("name")
                && !fields.contains_key("value")
        })
    };
    by_name.iter().any(|end| ends(end)) || by_shape()
}

/// Fields in which words about passwords are words.
fn is_prose(name: &str) -> bool {
    [
        "description",
        "summary",
        "message",
        "documentation",
        "help",
        "title",
        "expr",
        "expression",
    ]
    .iter()
    .any(|prose| name.eq_ignore_ascii_case(prose))
}
