//! Are the alerts of a case what our checks find?

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use catseye_checks::{Check, Judge};
use catseye_model::{Inventory, Object};

use super::alert::Alert;
use super::case::Case;
use super::path::is_same_field;
use super::reading::Reading;
use super::rule::Rule;
use super::settings;

/// An object, or several of the same name, with the fields at which something was found.
struct Found<'a> {
    object: &'a Object,
    paths: Vec<String>,
}

pub(super) fn agrees(case: &Case, rule: &Rule, reading: &Reading) -> Result<()> {
    let inventory = Inventory::new(case.objects.clone(), reading.completeness());
    let found = findings(&inventory, case, rule, reading)?;
    let mut complaints = Vec::new();
    compare_objects(&case.alerts, &found, &mut complaints);
    if complaints.is_empty() && !reading.objects_only {
        for found in &found {
            compare_paths(&case.alerts, found, reading.one_of, &mut complaints);
        }
    }
    ensure!(complaints.is_empty(), "{}", complaints.join("; "));
    Ok(())
}

fn findings<'a>(
    inventory: &'a Inventory,
    case: &Case,
    rule: &Rule,
    reading: &Reading,
) -> Result<Vec<Found<'a>>> {
    let mut config = reading.config.clone();
    settings::apply(&case.settings, &mut config);
    let checks: Vec<&'static Check> = reading
        .checks
        .iter()
        .map(|id| catseye_checks::find(id).with_context(|| format!("no check {id}")))
        .collect::<Result<_>>()?;
    let judge = Judge::new(inventory, &config, checks);
    let mut found: Vec<Found<'a>> = Vec::new();
    for (id, object) in inventory.objects() {
        // A few cases try a rule on kinds that it says it does not match.
        let mut subjects = case.alerts.iter().flat_map(|alert| &alert.subjects);
        if !rule.judges(object) && !subjects.any(|subject| subject.is(object)) {
            continue;
        }
        let Some(verdict) = judge.verdict(id) else {
            continue;
        };
        let places = verdict.findings.iter().flat_map(|finding| &finding.places);
        let mut paths: Vec<String> = places
            .map(|place| place.path.to_string())
            .filter(|path| reading.means(path))
            .collect();
        if paths.is_empty() {
            continue;
        }
        match found
            .iter_mut()
            .find(|found| is_named_alike(found.object, object))
        {
            Some(found) => found.paths.append(&mut paths),
            None => found.push(Found { object, paths }),
        }
    }
    for found in &mut found {
        found.paths.sort_unstable();
        found.paths.dedup();
    }
    Ok(found)
}

fn is_named_alike(one: &Object, other: &Object) -> bool {
    one.kind_name() == other.kind_name()
        && one.namespace() == other.namespace()
        && one.name() == other.name()
}

fn compare_objects(alerts: &[Alert], found: &[Found<'_>], complaints: &mut Vec<String>) {
    for alert in alerts {
        let is_found = |found: &Found<'_>| alert.subjects.iter().any(|one| one.is(found.object));
        if !found.iter().any(is_found) {
            let mut complaint = String::from("objects: nothing found at");
            for subject in &alert.subjects {
                let _ = write!(complaint, " {subject}");
            }
            if !complaints.contains(&complaint) {
                complaints.push(complaint);
            }
        }
    }
    for found in found {
        let mut subjects = alerts.iter().flat_map(|alert| &alert.subjects);
        if !subjects.any(|subject| subject.is(found.object)) {
            let paths = found.paths.join(", ");
            complaints.push(format!("objects: {} found ({paths})", found.object));
        }
    }
}

/// Paths are those of the first subject of an alert; without paths an alert is about the object.
fn compare_paths(alerts: &[Alert], found: &Found<'_>, one_of: bool, complaints: &mut Vec<String>) {
    let about: Vec<&Alert> = alerts
        .iter()
        .filter(|alert| {
            let subject = alert.subjects.first();
            subject.is_some_and(|subject| subject.is(found.object))
        })
        .collect();
    if about.iter().all(|alert| alert.faults.is_empty()) {
        return;
    }
    let known: Vec<&String> = about
        .iter()
        .flat_map(|alert| alert.faults.iter().chain(&alert.remedies))
        .collect();
    let is_named = |fault: &String| found.paths.iter().any(|path| is_same_field(path, fault));
    for alert in &about {
        if one_of && alert.faults.iter().any(is_named) {
            continue;
        }
        for fault in alert.faults.iter().filter(|fault| !is_named(fault)) {
            complaints.push(format!("paths: nothing at {fault}"));
        }
    }
    for path in &found.paths {
        if !known.iter().any(|other| is_same_field(path, other)) {
            complaints.push(format!("paths: {path} is not theirs"));
        }
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::yaml;
    use serde_json::{Value, json};

    use super::*;

    const POD: &str = r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {hostNetwork: true, hostIPC: true, containers: [{name: app, image: i}]}
";

    fn judged(checks: &[&str], alerts: &Value) -> Result<()> {
        let objects = yaml::documents(POD)
            .into_iter()
            .flat_map(|document| Object::read(document.content.unwrap(), None).0)
            .collect();
        let case = Case {
            objects,
            settings: Value::Null,
            alerts: Alert::all(alerts),
        };
        let mut reading = Reading::default();
        reading.checks = checks.iter().map(|id| (*id).to_owned()).collect();
        agrees(&case, &Rule::default(), &reading)
    }

    fn alert(name: &str, path: &str) -> Value {
        json!([{
            "failedPaths": [path],
            "alertObject": {"k8sApiObjects": [{"kind": "Pod", "metadata": {"name": name}}]},
        }])
    }

    #[test]
    fn objects_and_fields_must_be_those_of_the_alerts() {
        let complaint = |checks: &[&str], alerts: &Value| {
            let answer = judged(checks, alerts);
            answer.err().map(|err| err.to_string()).unwrap_or_default()
        };
        let expected = alert("a", "spec.hostNetwork");
        assert_eq!(complaint(&["POD-004"], &expected), "");
        assert_eq!(
            complaint(&["POD-004"], &alert("a", "spec.hostPID")),
            "paths: nothing at spec.hostPID; paths: spec.hostNetwork is not theirs"
        );
        assert_eq!(
            complaint(&["POD-004", "POD-003"], &expected),
            "paths: spec.hostIPC is not theirs"
        );
        assert_eq!(
            complaint(&["POD-002"], &expected),
            "objects: nothing found at Pod a"
        );
        assert!(complaint(&["POD-004"], &json!([])).starts_with("objects: Pod a found"));
        assert_eq!(complaint(&["POD-9999"], &expected), "no check POD-9999");
    }
}
