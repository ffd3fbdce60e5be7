//! Drift for programs.

use catseye_drift::{Attribution, Difference};
use serde_json::{Value, json};

use super::Answer;

/// The form of the answer; golden files hold it.
const VERSION: u32 = 1;

pub(super) fn written(answer: &Answer<'_>) -> anyhow::Result<String> {
    let objects: Vec<Value> = answer
        .drifts
        .objects
        .iter()
        .zip(&answer.told)
        .map(|(drift, told)| {
            let fields: Vec<Value> = drift
                .differences
                .iter()
                .zip(&told.by)
                .map(|(difference, by)| field(difference, by))
                .collect();
            json!({
                "object": drift.key,
                "apiVersion": drift.api_version,
                "severity": told.severity,
                "source": drift.source,
                "uid": drift.uid,
                "resourceVersion": drift.resource_version,
                "tracked": tracked(answer, drift),
                "differences": fields,
                "worse": answer.meaning.worse.get(&drift.key).map_or(&[][..], Vec::as_slice),
                "better": answer.meaning.better.get(&drift.key).map_or(&[][..], Vec::as_slice),
            })
        })
        .collect();
    let drifts = answer.drifts;
    let document = json!({
        "version": VERSION,
        "summary": {
            "desired": drifts.desired,
            "asDesired": drifts.same,
            "expectedFields": drifts.expected,
            "liveInScope": drifts.live,
            "incomparable": drifts.incomparable.iter().map(|(key, path)| json!({"object": key, "path": path})).collect::<Vec<_>>(),
            "otherVersions": drifts.other_versions.iter().map(|(key, desired, live)| json!({"object": key, "desired": desired, "live": live})).collect::<Vec<_>>(),
            "learnedMutations": answer.mutations,
            "notCompared": answer.desired.passing,
        },
        "objects": objects,
        "opened": answer.meaning.opened,
        "closed": answer.meaning.closed,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn field(difference: &Difference, by: &Attribution) -> Value {
    let whole = difference.path.steps().is_empty();
    let value = |value: &Option<catseye_model::Value>| {
        // A whole object would repeat the manifest.
        value.as_ref().filter(|_| !whole).map(Value::from)
    };
    json!({
        "class": difference.class,
        "path": difference.path,
        "desired": value(&difference.desired),
        "live": value(&difference.live),
        "owners": difference.owners,
        "note": difference.note,
        "by": by,
    })
}

fn tracked(answer: &Answer<'_>, drift: &catseye_drift::ObjectDrift) -> Value {
    let object = answer
        .live
        .objects()
        .map(|(_, object)| object)
        .find(|object| {
            object.name() == drift.key.name && catseye_model::ObjectKey::of(object) == drift.key
        });
    answer
        .ownership
        .application(&drift.key, object)
        .map_or(Value::Null, |application| json!(application))
}
