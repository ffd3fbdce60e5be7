//! Who says they own a field: `metadata.managedFields`, in the form `FieldsV1`.
//!
//! A manager's name is what a client says of itself, so an owner is a claim and never an identity. The
//! sets are walked when somebody asks; most fields of most objects are never asked about.

use catseye_model::{Fields as _, Value};
use jiff::Timestamp;
use serde::Serialize;

use crate::path::{Path, Step};

/// One claim of ownership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Claim {
    /// The manager's name.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// The subresource that was written, such as `scale`; empty for the object itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    /// When this manager's set last changed, to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// An entry of `managedFields`.
struct Entry<'v> {
    claim: Claim,
    fields: &'v Value,
}

/// The owners of an object's fields.
pub struct Owners<'v> {
    entries: Vec<Entry<'v>>,
}

/// Names that the API server itself gives to what it cannot tell apart any more.
pub const FORGOTTEN: [&str; 2] = ["before-first-apply", "ancient-changes"];

impl<'v> Owners<'v> {
    /// Reads the entries of an object; what is no entry owns nothing.
    pub fn of(object: &'v Value) -> Self {
        let mut entries = Vec::new();
        for entry in object.list("metadata.managedFields") {
            let Some(manager) = entry.text("manager") else {
                continue;
            };
            entries.push(Entry {
                claim: Claim {
                    manager: manager.to_owned(),
                    operation: entry.text("operation").unwrap_or_default().to_owned(),
                    subresource: entry.text("subresource").unwrap_or_default().to_owned(),
                    time: entry.text("time").and_then(|time| time.parse().ok()),
                },
                fields: entry.at("fieldsV1"),
            });
        }
        Owners { entries }
    }

    /// True when nothing is known: the entries were stripped, or never written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Those who own the value at a path, something below it, or an atomic value above it.
    pub fn of_path(&self, path: &Path) -> Vec<&Claim> {
        self.entries
            .iter()
            .filter(|entry| covers(entry.fields, path.steps()))
            .map(|entry| &entry.claim)
            .collect()
    }

    /// All claims, in the order of the object.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.entries.iter().map(|entry| &entry.claim)
    }

    /// Who owns most of the object beside its status, the earliest of equals: the one that deploys it.
    pub fn deployer(&self) -> Option<&Claim> {
        self.entries
            .iter()
            .filter(|entry| entry.claim.subresource.is_empty())
            .max_by_key(|entry| (leaves(entry.fields), std::cmp::Reverse(entry.claim.time)))
            .map(|entry| &entry.claim)
    }
}

fn leaves(fields: &Value) -> usize {
    match fields.as_object() {
        Some(map) if !map.is_empty() => map.values().map(leaves).sum(),
        _ => 1,
    }
}

fn covers(fields: &Value, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return true;
    };
    let Some(map) = fields.as_object().filter(|map| !map.is_empty()) else {
        // A set with nothing below it owns the whole value.
        return true;
    };
    // Only `.` says: owned as a whole, as atomic lists and maps are.
    if map.len() == 1 && map.contains_key(".") && !matches!(step, Step::Field(_)) {
        return true;
    }
    match member(map, step) {
        Some(below) => covers(below, rest),
        None => false,
    }
}

fn member<'v>(map: &'v catseye_model::value::Map, step: &Step) -> Option<&'v Value> {
    match step {
        Step::Field(name) => map.get(&format!("f:{name}")),
        Step::Index(index) => map.get(&format!("i:{index}")),
        Step::Member(value) => map.iter().find_map(|(key, below)| {
            let written: Value = serde_json::from_str(key.strip_prefix("v:")?).ok()?;
            (written == *value).then_some(below)
        }),
        Step::Keyed(keys) => map.iter().find_map(|(key, below)| {
            let written: Value = serde_json::from_str(key.strip_prefix("k:")?).ok()?;
            let same = keys
                .iter()
                .all(|(key, value)| written.get(key).unwrap_or(&Value::Null) == value);
            same.then_some(below)
        }),
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;
    use catseye_model::value::text;

    use super::*;

    #[test]
    fn owners_are_found_through_lists_and_atomic_values() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "argocd", "operation": "Apply", "time": "2026-11-21T10:00:00Z", "fieldsV1": {
                "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:image": {}, "f:args": {}}},
                           "f:nodeSelector": {}}}},
            {"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {
                "f:metadata": {"f:finalizers": {"v:\"a\"": {}}},
                "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {"f:env": {".": {}, "k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}}},
        ]}});
        let owners = Owners::of(&object);
        let names = |path: &Path| -> Vec<String> {
            owners
                .of_path(path)
                .into_iter()
                .map(|claim| claim.manager.clone())
                .collect()
        };
        let web = Path(vec![
            Step::Field(text("spec")),
            Step::Field(text("containers")),
            Step::Keyed(vec![(text("name"), json!("web"))]),
        ]);
        assert_eq!(names(&web.clone().field("image")), ["argocd"]);
        assert_eq!(names(&web.clone().field("env")), ["kubectl-edit"]);
        assert_eq!(names(&web), ["argocd", "kubectl-edit"]);
        assert_eq!(names(&Path::of("spec.nodeSelector.disk")), ["argocd"]);
        let mut finalizer = Path::of("metadata.finalizers");
        finalizer.0.push(Step::Member(json!("a")));
        assert_eq!(names(&finalizer), ["kubectl-edit"]);
        assert_eq!(
            owners.deployer().map(|claim| claim.manager.as_str()),
            Some("kubectl-edit")
        );
    }

    #[test]
    fn entries_of_any_shape_own_what_they_can() {
        for fields in [
            json!(null),
            json!([]),
            json!({"k:{": {}}),
            json!({"f:a": 1}),
            json!("x"),
        ] {
            let object = json!({"metadata": {"managedFields": [{"manager": "a", "fieldsV1": fields}, 3, {}]}});
            let owners = Owners::of(&object);
            let _ = owners.of_path(&Path::of("a.b"));
            assert_eq!(owners.claims().count(), 1);
        }
    }
}
