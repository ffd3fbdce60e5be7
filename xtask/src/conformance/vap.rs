//! `ValidatingAdmissionPolicy` objects with tests: a template, changes of its fields, and whether the policy then
//! lets it pass. A policy that cannot be evaluated has not refused: only a verdict on merit counts.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use catseye_admission::{PolicySet, Request, Surroundings};
use catseye_model::{Completeness, Fields as _, Inventory, Object, Value};

use super::{Outcome, entries, name, objects};

pub(super) fn judge(folder: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    let controls = match entries(&folder.join("controls")) {
        Ok(controls) => controls,
        Err(err) => {
            outcome.count("(all)", Err(err));
            return outcome;
        }
    };
    for control in controls {
        if let Err(err) = judge_control(folder, &control, &mut outcome) {
            outcome.count(name(&control), Err(err));
        }
    }
    outcome
}

fn judge_control(folder: &Path, control: &Path, outcome: &mut Outcome) -> Result<()> {
    let policies = objects(&control.join("policy.yaml"))?;
    let resources = folder.join("test-resources");
    let params = objects(&resources.join("default-control-configuration.yaml"))?;
    let bindings = objects(&resources.join("policy-binding.yaml"))?;
    let tests = fs::read_to_string(control.join("tests.json"))?;
    let tests: serde_json::Value = serde_json::from_str(&tests)?;
    let tests = Value::from(tests);
    for test in tests.list("") {
        let case = format!(
            "{}/{}",
            name(control),
            test.text("name").unwrap_or_default()
        );
        let template = resources.join(test.text("template").unwrap_or_default());
        if !template.is_file() {
            // Half of the suite is not here, and with it some templates.
            outcome
                .notes
                .push(format!("{case}: no template {}", name(&template)));
            continue;
        }
        let answer = agrees(&policies, &bindings, &params, &template, test);
        outcome.count(case, answer);
    }
    Ok(())
}

fn agrees(
    policies: &[Object],
    bindings: &[Object],
    params: &[Object],
    template: &Path,
    test: &Value,
) -> Result<()> {
    let mut set = PolicySet::default();
    for policy in policies {
        add(&mut set, policy)?;
        for binding in bindings {
            let mut value = binding.value().clone();
            value.update("spec", |spec| {
                spec.set("policyName", Value::from(policy.name()));
            });
            add(&mut set, &Object::new(value, None)?)?;
        }
    }
    let template = objects(template)?.into_iter().next().context("an object")?;
    let mut value: serde_json::Value = template.value().into();
    for change in test.texts("field_change_list") {
        apply(&mut value, change).with_context(|| change.to_owned())?;
    }
    let object = Object::new(value, None)?;
    let inventory = Inventory::new(params.to_vec(), Completeness::Fragment);
    let surroundings = Surroundings::of(&inventory);
    let verdict = set.judge(&Request::create(&object, &inventory), &surroundings);
    if let Some(failed) = verdict.denials.iter().find(|denial| denial.is_error) {
        bail!("could not be judged: {}", failed.message);
    }
    match test.text("expected") {
        Some("pass") => ensure!(verdict.passes(), "should pass: {:?}", verdict.message()),
        Some("fail") => ensure!(!verdict.passes(), "should be denied"),
        other => bail!("expected {other:?}"),
    }
    Ok(())
}

fn add(set: &mut PolicySet, object: &Object) -> Result<()> {
    if let Err(problems) = set.add(object) {
        let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
        bail!("{}: {}", object.name(), all.join("; "));
    }
    Ok(())
}

/// Sets a field: `spec.containers.[0].image=nginx`. A value is JSON where it reads as JSON.
fn apply(value: &mut serde_json::Value, change: &str) -> Result<()> {
    let (path, written) = change.split_once('=').context("no =")?;
    let written =
        serde_json::from_str(written).unwrap_or_else(|_| serde_json::Value::from(written));
    let mut place = value;
    for step in path.split('.') {
        let index = step
            .strip_prefix('[')
            .and_then(|step| step.strip_suffix(']'));
        place = if let Some(index) = index {
            let index: usize = index.parse()?;
            if !place.is_array() {
                *place = serde_json::Value::Array(Vec::new());
            }
            let list = place.as_array_mut().context("a list")?;
            while list.len() <= index {
                list.push(serde_json::Value::Null);
            }
            &mut list[index]
        } else {
            if !place.is_object() {
                *place = serde_json::Value::from(serde_json::Map::new());
            }
            let map = place.as_object_mut().context("a mapping")?;
            map.entry(step).or_insert(serde_json::Value::Null)
        };
    }
    *place = written;
    Ok(())
}
