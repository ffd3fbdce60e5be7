//! Where in an object a difference stands, with members of lists told by what identifies them:
//! `spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP].hostPort`.
//!
//! A place by index is lost when a neighbour is added; a place by key is not. It is also what
//! `managedFields` speaks of, and what a restoring patch is made from.

use std::fmt;

use catseye_model::Value;
use catseye_model::value::{Text, text};
use serde::{Serialize, Serializer};

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A field of a mapping.
    Field(Text),
    /// The member of a list with these values of its keys.
    Keyed(Vec<(Text, Value)>),
    /// The member of a set.
    Member(Value),
    /// The member at a place, of a list whose members nothing identifies.
    Index(usize),
}

/// The way from an object's root to a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Path(pub(crate) Vec<Step>);

impl Path {
    /// The object itself.
    pub fn root() -> Self {
        Path::default()
    }

    /// The path of plain field names separated by dots.
    pub fn of(fields: &str) -> Self {
        Path(
            fields
                .split('.')
                .filter(|field| !field.is_empty())
                .map(|field| Step::Field(text(field)))
                .collect(),
        )
    }

    /// The path and one field more.
    #[must_use]
    pub fn field(mut self, name: &str) -> Self {
        self.0.push(Step::Field(text(name)));
        self
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The names of the fields on the way, members of lists left out: what a rule about a kind of place
    /// compares.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Field(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// True when the fields on the way begin with these names, members of lists left out.
    pub fn is_below(&self, fields: &str) -> bool {
        let mut own = self.fields();
        fields.split('.').all(|field| own.next() == Some(field))
    }

    /// The last field on the way.
    pub fn last_field(&self) -> &str {
        self.fields().last().unwrap_or_default()
    }

    /// True when `self` is `other` or stands above it.
    pub fn contains(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The value at this path, if every step exists.
    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(root, |value, step| step.within(value))
    }
}

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Path(steps)
    }
}

impl Step {
    /// The member of a value.
    pub fn within<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Step::Field(name) => value.get(name),
            Step::Index(index) => value.get(*index),
            _ => value.get(self.place(value)?),
        }
    }

    /// The place of the member in a list.
    pub fn place(&self, list: &Value) -> Option<usize> {
        let members = list.as_array()?;
        match self {
            Step::Field(_) => None,
            Step::Index(index) => (*index < members.len()).then_some(*index),
            Step::Member(value) => members.iter().position(|member| member == value),
            Step::Keyed(keys) => members.iter().position(|member| has_keys(member, keys)),
        }
    }
}

/// True when a member of a list has these values of its keys. `protocol` is the one key that people
/// leave out and the server completes.
pub(crate) fn has_keys(member: &Value, keys: &[(Text, Value)]) -> bool {
    keys.iter().all(|(key, value)| match member.get(key) {
        Some(found) => found == value,
        None => value.is_null() || (key == "protocol" && value == "TCP"),
    })
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str(".");
        }
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if is_plain(name) => {
                    if place > 0 {
                        out.write_str(".")?;
                    }
                    out.write_str(name)?;
                }
                Step::Field(name) => write!(out, "[{name}]")?,
                Step::Index(index) => write!(out, "[{index}]")?,
                Step::Member(value) => write!(out, "[{}]", shown(value))?,
                Step::Keyed(keys) => {
                    out.write_str("[")?;
                    for (place, (key, value)) in keys.iter().enumerate() {
                        if place > 0 {
                            out.write_str(",")?;
                        }
                        write!(out, "{key}={}", shown(value))?;
                    }
                    out.write_str("]")?;
                }
            }
        }
        Ok(())
    }
}

/// Texts without quotes, other values as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => other.to_string(),
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A step as files keep it.
#[derive(Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    Field(String),
    Keyed(Vec<(String, Value)>),
    Member(Value),
    Index(usize),
}

impl Path {
    /// The path in the form that files keep, from which it can be read again.
    pub(crate) fn keep<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(path.0.iter().map(|step| {
            match step {
                Step::Field(name) => Kept::Field(name.to_string()),
                Step::Keyed(keys) => Kept::Keyed(
                    keys.iter()
                        .map(|(key, value)| (key.to_string(), value.clone()))
                        .collect(),
                ),
                Step::Member(value) => Kept::Member(value.clone()),
                Step::Index(index) => Kept::Index(*index),
            }
        }))
    }

    /// Reads what [`Path::keep`] wrote.
    pub(crate) fn kept<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Path, D::Error> {
        let steps: Vec<Kept> = serde::Deserialize::deserialize(from)?;
        Ok(Path(
            steps
                .into_iter()
                .map(|step| match step {
                    Kept::Field(name) => Step::Field(text(&name)),
                    Kept::Keyed(keys) => Step::Keyed(
                        keys.into_iter()
                            .map(|(key, value)| (text(&key), value))
                            .collect(),
                    ),
                    Kept::Member(value) => Step::Member(value),
                    Kept::Index(index) => Step::Index(index),
                })
                .collect(),
        ))
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    #[test]
    fn members_are_told_by_their_keys() {
        let path = Path(vec![
            Step::Field(text("spec")),
            Step::Field(text("ports")),
            Step::Keyed(vec![
                (text("port"), json!(80)),
                (text("protocol"), json!("TCP")),
            ]),
            Step::Field(text("nodePort")),
        ]);
        assert_eq!(
            path.to_string(),
            "spec.ports[port=80,protocol=TCP].nodePort"
        );
        let service = json!({"spec": {"ports": [{"port": 443}, {"port": 80, "nodePort": 30080}]}});
        assert_eq!(path.get(&service), Some(&json!(30080)));
        assert!(path.is_below("spec.ports"));
        assert!(Path::of("spec").contains(&path));
    }
}
