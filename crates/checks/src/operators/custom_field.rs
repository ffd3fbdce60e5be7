//! Fields of custom resources that are wrong by their value, as rows of a table.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Object};

/// One field of one kind, and what it must not be.
pub(super) struct CustomField {
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    /// Field names separated by `/`; `listeners[]` stands for each member of the list. The last one
    /// belongs there even if it is absent.
    pub(super) path: &'static str,
    pub(super) bad: Bad,
    /// A field of the object that makes it right all the same; empty for none.
    pub(super) unless: &'static str,
    pub(super) words: &'static str,
}

/// What is wrong with a value.
#[derive(Clone, Copy)]
pub(super) enum Bad {
    /// It is `true`.
    True,
    /// It is `false`.
    False,
    /// It is not `true`: absent or `false`.
    NotTrue,
    /// It is absent, or empty.
    Missing,
    /// It is this word, upper or lower case.
    Word(&'static str),
    /// It is not this word: absent or another one.
    NotWord(&'static str),
}

impl Bad {
    fn is(self, value: &Value) -> bool {
        // Kubernetes writes booleans bare; configuration passed through to the program may be text.
        let truth = value.as_bool().or_else(|| value.as_str()?.parse().ok());
        match self {
            Bad::True => truth == Some(true),
            Bad::False => truth == Some(false),
            Bad::NotTrue => truth != Some(true),
            Bad::Missing => is_empty(value),
            Bad::Word(word) => value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(word)),
            Bad::NotWord(word) => !value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(word)),
        }
    }
}

impl CustomField {
    /// True when the row is about objects like this one.
    pub(super) fn is_of(&self, object: &Object) -> bool {
        self.kind == object.kind_name() && self.group == object.group()
    }

    /// The paths at which the object is wrong.
    pub(super) fn wrong_places(&self, object: &Object) -> Vec<FieldPath> {
        let mut places = Vec::new();
        let excused = !self.unless.is_empty() && !is_empty(object.value().at(self.unless));
        if !excused {
            self.descend(object.value(), self.path, FieldPath::root(), &mut places);
        }
        places
    }

    fn descend(&self, value: &Value, path: &str, at: FieldPath, places: &mut Vec<FieldPath>) {
        let (step, rest) = path.split_once('/').unwrap_or((path, ""));
        if let Some(list) = step.strip_suffix("[]") {
            for (index, member) in value.list(list).iter().enumerate() {
                let at = at.clone().key(list).index(index);
                self.descend(member, rest, at, places);
            }
            return;
        }
        let next = value.get(step).unwrap_or(&Value::Null);
        let at = at.key(step);
        if !rest.is_empty() {
            self.descend(next, rest, at, places);
        } else if self.bad.is(next) {
            places.push(at);
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
