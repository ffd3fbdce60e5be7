//! What a rule is expected to say: alerts about objects, with the fields at fault.

use catseye_model::{Fields, Object};
use serde_json::Value;

use super::path;

/// One alert.
#[derive(Debug)]
pub(super) struct Alert {
    /// The object that it is about, and others that are as much at fault.
    pub(super) subjects: Vec<Subject>,
    /// The fields at fault.
    pub(super) faults: Vec<String>,
    /// Fields that may be named too: where else a remedy could be written.
    pub(super) remedies: Vec<String>,
}

/// An object by its names; expected alerts leave out most of the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    kind: String,
    namespace: Option<String>,
    name: String,
}

impl Alert {
    pub(super) fn all(expected: &Value) -> Vec<Self> {
        expected
            .as_array()
            .into_iter()
            .flatten()
            .map(Alert::read)
            .collect()
    }

    fn read(value: &Value) -> Self {
        let mut faults = Vec::new();
        for field in ["failedPaths", "deletePaths", "reviewPaths", "ReviewPaths"] {
            faults.extend(value.texts(field).map(str::to_owned));
        }
        let mut remedies: Vec<String> = value
            .list("fixPaths")
            .iter()
            .filter_map(|fix| fix.text("path"))
            .map(str::to_owned)
            .collect();
        if faults.is_empty() {
            // Nothing stands where it is wrong: what is missing is the fault.
            faults.append(&mut remedies);
        }
        let volumes = faults.iter().any(|fault| path::is_volume(fault));
        if volumes {
            // A mount goes with its volume.
            let (mounts, others) = faults.drain(..).partition(|fault| path::is_mount(fault));
            faults = others;
            remedies.extend::<Vec<String>>(mounts);
        }
        for list in [&mut faults, &mut remedies] {
            list.retain(|path| !path.is_empty());
            list.sort_unstable();
            list.dedup();
        }
        Alert {
            subjects: subjects(value.at("alertObject")),
            faults,
            remedies,
        }
    }
}

fn subjects(alerted: &Value) -> Vec<Subject> {
    let of_api: Vec<Subject> = alerted
        .list("k8sApiObjects")
        .iter()
        .map(Subject::read)
        .collect();
    if !of_api.is_empty() {
        return of_api;
    }
    let external = alerted.at("externalObjects");
    let related = external.at("relatedObjects");
    let several = related.as_array().into_iter().flatten();
    let one = related.is_object().then_some(related);
    let mut subjects = vec![Subject::read(external)];
    subjects.extend(several.chain(one).map(Subject::read));
    subjects
}

impl Subject {
    fn read(value: &Value) -> Self {
        let of = |field: &str| {
            value
                .text(&format!("metadata.{field}"))
                .or_else(|| value.text(field))
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        Subject {
            kind: value.text("kind").unwrap_or_default().to_owned(),
            namespace: of("namespace"),
            name: of("name").unwrap_or_default(),
        }
    }

    pub(super) fn is(&self, object: &Object) -> bool {
        self.kind == object.kind_name()
            && self.name == object.name()
            && self
                .namespace
                .as_deref()
                .is_none_or(|namespace| [object.namespace(), ""].contains(&namespace))
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}
