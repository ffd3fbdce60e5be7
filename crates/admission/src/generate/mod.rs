//! Policies for the API server made of what is known here: checks, exceptions, and what a cluster does.
//!
//! What is made is `ValidatingAdmissionPolicy` and bindings, in words that the API server takes. A policy
//! says less than the check behind it where CEL cannot ask (other objects, files, lists of images); such
//! checks have no policy and are told.

mod checks;
mod learned;

use catseye_model::{Object, Value, json};
use catseye_policy::Exceptions;

use crate::binding::Action;

pub use checks::{from_checks, without_policy};
pub use learned::{Learned, from_learned};

/// How policies are made.
#[derive(Debug)]
pub struct Making<'a> {
    /// What follows when a validation fails.
    pub action: Action,
    /// Exceptions that become conditions.
    pub exceptions: &'a Exceptions,
    /// The day of today: what has expired is no exception.
    pub today: jiff::civil::Date,
}

/// Workloads of every kind, as `resourceRules`.
fn workloads() -> Value {
    json!([
        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
         "resources": ["pods", "replicationcontrollers", "podtemplates"]},
        {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
         "resources": ["deployments", "replicasets", "statefulsets", "daemonsets"]},
        {"apiGroups": ["batch"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
         "resources": ["jobs", "cronjobs"]},
    ])
}

/// The pod and its containers, whatever the kind is.
fn variables() -> Value {
    json!([
        {"name": "spec", "expression": "object.kind == 'Pod' ? object.spec : object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : object.kind == 'PodTemplate' ? object.template.spec : object.spec.template.spec"},
        {"name": "containers", "expression": "variables.spec.containers + variables.spec.?initContainers.orValue([])"},
        {"name": "all", "expression": "variables.containers + variables.spec.?ephemeralContainers.orValue([])"},
    ])
}

/// A policy over workloads.
fn policy(name: &str, about: &str, conditions: Vec<Value>, validations: Vec<Value>) -> Value {
    let mut policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name, "annotations": {"catseye.dev/about": about}},
    });
    let mut spec = json!({
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": workloads()},
        "variables": variables(),
    });
    if !conditions.is_empty() {
        spec.set(
            "matchConditions",
            Value::Array(conditions.into_iter().collect()),
        );
    }
    spec.set(
        "validations",
        Value::Array(validations.into_iter().collect()),
    );
    policy.set("spec", spec);
    policy
}

/// A binding; in these namespaces, or everywhere but in those of the cluster.
fn binding(policy: &str, action: Action, namespaces: Option<&[String]>) -> Value {
    let selector = match namespaces {
        Some(names) => {
            json!([{"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(names)}])
        }
        None => json!([{"key": "kubernetes.io/metadata.name", "operator": "NotIn",
            "values": ["kube-system", "kube-public", "kube-node-lease"]}]),
    };
    let action = match action {
        Action::Deny => "Deny",
        Action::Warn => "Warn",
        Action::Audit => "Audit",
    };
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": policy},
        "spec": {"policyName": policy, "validationActions": [action],
            "matchResources": {"namespaceSelector": {"matchExpressions": selector}}},
    })
}

fn list(texts: &[String]) -> Value {
    Value::Array(
        texts
            .iter()
            .map(|text| Value::from(text.as_str()))
            .collect(),
    )
}

/// A text as CEL writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            _ => out.push(letter),
        }
    }
    out.push('\'');
    out
}

/// `['a', 'b']`.
fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// Reads what was made as the API server would; for tests and callers that want to judge with it.
pub fn objects(made: &[Value]) -> Vec<Object> {
    made.iter()
        .filter_map(|value| Object::new(value.clone(), None).ok())
        .collect()
}
