//! The shape of a recording: how many events each identity made, by verb and resource; and how alike two
//! shapes are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use catseye_model::Fields;
use serde_json::{Map, Value, json};

/// Identity, verb, resource.
type Key = (String, String, String);

/// Events counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape(pub BTreeMap<Key, u64>);

/// What may differ between two recordings of one seed for identities that are not scripted: this share of
/// the greater count, or this many events.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    /// In percent.
    pub percent: u64,
    /// In events.
    pub events: u64,
}

impl Shape {
    /// Counts events.
    pub fn of(events: &[Value]) -> Self {
        let mut counts = BTreeMap::new();
        for event in events {
            let user = event.text("user.username").unwrap_or_default();
            let verb = event.text("verb").unwrap_or_default();
            let mut resource = event.text("objectRef.resource").unwrap_or("-").to_owned();
            if let Some(part) = event.text("objectRef.subresource") {
                resource = format!("{resource}/{part}");
            }
            *counts
                .entry((user.to_owned(), verb.to_owned(), resource))
                .or_default() += 1;
        }
        Self(counts)
    }

    /// As identity, verb, resource, count.
    pub fn to_json(&self) -> Value {
        let mut users: BTreeMap<&str, BTreeMap<&str, Map<String, Value>>> = BTreeMap::new();
        for ((user, verb, resource), count) in &self.0 {
            let verbs = users.entry(user).or_default();
            let resources = verbs.entry(verb).or_default();
            resources.insert(resource.clone(), json!(count));
        }
        json!(users)
    }

    /// Reads back what [`Shape::to_json`] wrote.
    pub fn from_json(value: &Value) -> Self {
        let mut counts = BTreeMap::new();
        for (user, verbs) in value.entries("") {
            for (verb, resources) in verbs.entries("") {
                for (resource, count) in resources.entries("") {
                    let key = (user.to_owned(), verb.to_owned(), resource.to_owned());
                    counts.insert(key, count.as_u64().unwrap_or(0));
                }
            }
        }
        Self(counts)
    }

    /// Events by verb alone.
    pub fn by_verb(&self) -> BTreeMap<&str, u64> {
        let mut verbs = BTreeMap::new();
        for ((_, verb, _), count) in &self.0 {
            *verbs.entry(verb.as_str()).or_default() += count;
        }
        verbs
    }
}

/// A row in which two recordings differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Identity, or a group of identities, then verb and resource.
    pub key: Key,
    /// The count in the one.
    pub left: u64,
    /// The count in the other.
    pub right: u64,
    /// True when no tolerance covers it.
    pub fails: bool,
}

/// Where two shapes differ: scripted identities must agree exactly, all others within the tolerance. Nodes
/// and generated names count together.
pub fn differences(
    left: &Shape,
    right: &Shape,
    scripted: &BTreeSet<String>,
    tolerance: Tolerance,
) -> Vec<Difference> {
    let (left, right) = (grouped(left), grouped(right));
    let keys: BTreeSet<&Key> = left.keys().chain(right.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let (a, b) = (
            left.get(key).copied().unwrap_or(0),
            right.get(key).copied().unwrap_or(0),
        );
        if a == b {
            continue;
        }
        let allowed = if scripted.contains(&key.0) {
            0
        } else {
            (a.max(b) * tolerance.percent / 100).max(tolerance.events)
        };
        found.push(Difference {
            key: key.clone(),
            left: a,
            right: b,
            fails: a.abs_diff(b) > allowed,
        });
    }
    found
}

fn grouped(shape: &Shape) -> BTreeMap<Key, u64> {
    let mut groups = BTreeMap::new();
    for ((user, verb, resource), count) in &shape.0 {
        let user = if user.starts_with("system:node:") {
            "system:nodes".to_owned()
        } else {
            user.clone()
        };
        *groups
            .entry((user, verb.clone(), resource.clone()))
            .or_default() += count;
    }
    groups
}

/// The differences as a table.
pub fn table(differences: &[Difference]) -> String {
    let mut text = String::new();
    for row in differences {
        let (user, verb, resource) = &row.key;
        let verdict = if row.fails {
            "DIFFERS"
        } else {
            "within tolerance"
        };
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{user:<62} {verb:<8} {resource:<38} {:>6} {:>6}  {verdict}",
            row.left, row.right
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rows: &[(&str, u64)]) -> Shape {
        let key = |user: &str| (user.to_owned(), "get".to_owned(), "pods".to_owned());
        Shape(
            rows.iter()
                .map(|&(user, count)| (key(user), count))
                .collect(),
        )
    }

    #[test]
    fn scripted_identities_must_agree_exactly() {
        let tolerance = Tolerance {
            percent: 50,
            events: 5,
        };
        let scripted = BTreeSet::from(["maya".to_owned()]);
        let (a, b) = (
            shape(&[("maya", 10), ("kubelet", 10)]),
            shape(&[("maya", 11), ("kubelet", 12)]),
        );
        let found = differences(&a, &b, &scripted, tolerance);
        assert_eq!(
            found.iter().map(|row| row.fails).collect::<Vec<_>>(),
            [false, true]
        );
        assert!(differences(&a, &a, &scripted, tolerance).is_empty());
    }

    #[test]
    fn nodes_count_together() {
        let (a, b) = (
            shape(&[("system:node:a", 4), ("system:node:b", 6)]),
            shape(&[("system:node:a", 10)]),
        );
        let none = Tolerance {
            percent: 0,
            events: 0,
        };
        assert!(differences(&a, &b, &BTreeSet::new(), none).is_empty());
    }

    #[test]
    fn a_shape_reads_back_as_it_was_written() {
        let shape = shape(&[("maya", 10), ("kubelet", 10)]);
        assert_eq!(Shape::from_json(&shape.to_json()), shape);
    }
}
