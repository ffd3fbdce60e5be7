//! Expressions on both sides: the same values, the same failures, the same refusals in the same words.

use std::collections::BTreeMap;
use std::path::Path;

use catseye_admission::{PolicySet, Request, RoleAuthorizer, Surroundings};
use catseye_e2e::Cluster;
use catseye_model::{Completeness, Inventory, Object, Value, json};

use crate::harness::{all_hold, create, forget, namespace, without_place};
use crate::tables::{CONDITIONS, FAILURES, VALUES};

/// A policy about one ConfigMap by its name, and a binding in one namespace.
fn policy(name: &str, about: &str, place: &str, validation: &Value) -> [Value; 2] {
    let mut policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"],
                "resources": ["configmaps"], "operations": ["CREATE"]}]},
            "matchConditions": [{"name": "mine", "expression": format!("object.metadata.name == '{about}'")}],
        },
    });
    policy.update("spec", |spec| {
        spec.set(
            "validations",
            Value::Array([validation.clone()].into_iter().collect()),
        );
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": place}}}},
    });
    [policy, binding]
}

fn config(index: usize, place: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("n{index}"), "namespace": place}, "data": {"n": index.to_string()}})
}

/// What the API server says to each of the `ConfigMaps`, by their names.
fn denials(said: &str) -> BTreeMap<String, String> {
    let mut denials = BTreeMap::new();
    for line in said.split("Error from server").skip(1) {
        let name = line
            .split("configmaps \"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let message = line
            .split_once("denied request: ")
            .map(|(_, message)| message.trim_end());
        if let (Some(name), Some(message)) = (name, message) {
            denials.insert(name.to_owned(), message.to_owned());
        }
    }
    denials
}

/// Why the API server refuses policies, by their names.
fn refusals(said: &str) -> BTreeMap<String, String> {
    let mut refusals = BTreeMap::new();
    let mut rest = said;
    while let Some((before, reason)) = rest.split_once("\" is invalid: ") {
        if let Some((_, name)) = before.rsplit_once('"') {
            // The next refusal begins on a line of its own.
            let own = reason.split("\nError from server").next().unwrap_or(reason);
            let own = own
                .split("\nThe ValidatingAdmissionPolicy")
                .next()
                .unwrap_or(own);
            refusals.insert(name.to_owned(), own.trim().to_owned());
        }
        rest = reason;
    }
    refusals
}

fn user(cluster: &Cluster) -> String {
    let arguments = [
        "auth",
        "whoami",
        "-o",
        "jsonpath={.status.userInfo.username}",
    ];
    cluster
        .kubectl(&arguments)
        .expect("whoami")
        .trim()
        .to_owned()
}

/// Makes a policy of each validation, lets `ConfigMaps` meet them, and tells where the answers differ.
fn differences(
    cluster: &Cluster,
    folder: &Path,
    place: &str,
    validations: &[Value],
) -> Vec<String> {
    namespace(cluster, place);
    let mut wrong = Vec::new();
    let mut sets = Vec::new();
    let mut all = Vec::new();
    let names: Vec<String> = (0..validations.len())
        .map(|index| format!("{place}-{index}"))
        .collect();
    for (index, validation) in validations.iter().enumerate() {
        let pair = policy(&names[index], &format!("n{index}"), place, validation);
        let mut set = PolicySet::default();
        for value in &pair {
            let object = Object::new(value.clone(), None).expect("an object");
            if let Err(problems) = set.add(&object) {
                wrong.push(format!("{validation}: refused by us: {problems:?}"));
            }
        }
        sets.push(set);
        all.extend(pair);
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    let file = folder.join("policies.json");
    std::fs::write(&file, list.to_string()).expect("written");
    let said = cluster
        .kubectl_said(&["create", "-f", file.to_str().expect("UTF-8")])
        .expect("kubectl starts");
    for (name, reason) in refusals(&said.stderr) {
        wrong.push(format!("{name}: refused by the API server: {reason}"));
    }
    all_hold(cluster, folder, place);
    let configs: Vec<Value> = (0..validations.len())
        .map(|index| config(index, place))
        .collect();
    let theirs = denials(&create(cluster, folder, &configs, "name").stderr);
    let held = cluster
        .kubectl(&["get", "namespace", place, "-o", "json"])
        .expect("the namespace");
    let held = serde_json::from_str::<Value>(&held).expect("JSON");
    let around = vec![Object::new(held, None).expect("an object")];
    let inventory = Inventory::new(around, Completeness::Cluster);
    let name = user(cluster);
    let groups: Vec<String> = ["system:masters", "system:authenticated"]
        .map(str::to_owned)
        .to_vec();
    let rbac = std::sync::Arc::new(catseye_rbac::Rbac::of(&inventory));
    let mut surroundings = Surroundings::of(&inventory);
    surroundings.authorizer = std::sync::Arc::new(RoleAuthorizer::new(rbac, &name, &groups));
    for (index, (set, validation)) in sets.iter().zip(validations).enumerate() {
        let object = Object::new(config(index, place), None).expect("an object");
        let mut request = Request::create(&object, &inventory);
        request.user.name.clone_from(&name);
        request.user.groups.clone_from(&groups);
        request.dry_run = true;
        let verdict = set.judge(&request, &surroundings);
        let ours = verdict
            .denials
            .first()
            .map(|denial| without_place(&denial.message));
        let theirs = theirs.get(&format!("n{index}"));
        let agree = match (&ours, theirs) {
            // It may add the reason of the library that read a text.
            (Some(ours), Some(theirs)) if ours.contains("resulted in error") => {
                theirs.starts_with(ours)
            }
            (ours, theirs) => ours.as_ref() == theirs,
        };
        if !agree {
            wrong.push(format!("{validation}: {theirs:?} there, {ours:?} here"));
        }
    }
    forget(cluster, &names);
    let _ = cluster.kubectl(&["delete", "namespace", place, "--wait=false"]);
    println!("{} expressions compared", validations.len());
    wrong
}

#[test]
fn expressions_have_the_same_value_here_and_on_the_api_server() {
    let Some(cluster) = catseye_e2e::cluster("expressions_have_the_same_value") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    // A message that cannot be computed is left out in silence: then the denial is another one than ours.
    let validations: Vec<Value> = VALUES
        .iter()
        .map(|expression| json!({"expression": "false", "messageExpression": format!("'= ' + ({expression})")}))
        .collect();
    let wrong = differences(&cluster, folder.path(), "catseye-cel-values", &validations);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn expressions_fail_for_the_same_reason_here_and_on_the_api_server() {
    let Some(cluster) = catseye_e2e::cluster("expressions_fail_for_the_same_reason") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let validations: Vec<Value> = FAILURES
        .iter()
        .map(|expression| json!({"expression": *expression}))
        .collect();
    let wrong = differences(
        &cluster,
        folder.path(),
        "catseye-cel-failures",
        &validations,
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The first mistake that the API server names, as we write it: `1:3: found no …`.
fn first_mistake(refusal: &str) -> String {
    let Some((_, error)) = refusal.split_once("ERROR: <input>:") else {
        let (_, reason) = refusal.split_once(": must ").unwrap_or(("", refusal));
        return format!("must {reason}");
    };
    error.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_same_conditions_are_refused_here_and_by_the_api_server() {
    let Some(cluster) = catseye_e2e::cluster("the_same_conditions_are_refused") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut ours = Vec::new();
    let mut all = Vec::new();
    for (index, expression) in CONDITIONS.iter().enumerate() {
        let name = format!("e2e-condition-{index}");
        let [policy, _] = policy(&name, "x", "x", &json!({"expression": *expression}));
        let object = Object::new(policy.clone(), None).expect("an object");
        let refused = PolicySet::default().add(&object).err();
        ours.push(
            refused.and_then(|problems| problems.first().map(|problem| problem.message.clone())),
        );
        all.push(policy);
    }
    let theirs = refusals(&create(&cluster, folder.path(), &all, "name").stderr);
    let mut wrong = Vec::new();
    for (index, expression) in CONDITIONS.iter().enumerate() {
        let theirs = theirs
            .get(&format!("e2e-condition-{index}"))
            .map(|refusal| first_mistake(refusal));
        if theirs.is_some() != ours[index].is_some() {
            wrong.push(format!(
                "{expression}: {theirs:?} there, {:?} here",
                ours[index]
            ));
            continue;
        }
        let (Some(theirs), Some(ours)) = (theirs, &ours[index]) else {
            continue;
        };
        // Syntax errors are worded by each parser.
        let both = |one: &str, other: &str| theirs.contains(one) && ours.contains(other);
        if both("Syntax error", "syntax error") || both("parsing regexp", "parsing regexp") {
            continue;
        }
        // Where one says more, it is no less the same.
        if !theirs.starts_with(ours.as_str()) && !ours.starts_with(&theirs) {
            wrong.push(format!("{expression}: {theirs:?} there, {ours:?} here"));
        }
    }
    println!(
        "{} of {} conditions refused",
        theirs.len(),
        CONDITIONS.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}
