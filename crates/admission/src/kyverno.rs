//! Kyverno's `ValidatingPolicy`, where it says nothing that a `ValidatingAdmissionPolicy` could not.

use catseye_model::{Fields as _, Value, json};

use crate::binding::{Action, Binding};
use crate::policy::Problem;

/// Fields that mean the same in both.
const SHARED: &[&str] = &[
    "auditAnnotations",
    "failurePolicy",
    "matchConditions",
    "matchConstraints",
    "validationActions",
    "validations",
    "variables",
];

/// Functions that ask something outside the request.
const OUTSIDE: &[&str] = &[
    "globalContext.",
    "http.",
    "image(",
    "images.",
    "generator.",
    "resource.",
    "verifyImageSignatures",
    "verifyAttestationSignatures",
];

/// The same policy and its binding in Kubernetes' own words, or what cannot be said in them.
pub fn converted(value: &Value) -> Result<(Value, Binding), Vec<Problem>> {
    let kind = value.text("kind").unwrap_or_default();
    if kind != "ValidatingPolicy" {
        let message = format!("{kind} of Kyverno is not judged here: only ValidatingPolicy is");
        return Err(vec![Problem::new("kind", message)]);
    }
    let mut problems = Vec::new();
    for (field, _) in value.entries("spec") {
        if !SHARED.contains(&field) && field != "evaluation" {
            let message = "has no meaning in a ValidatingAdmissionPolicy";
            problems.push(Problem::new(format!("spec.{field}"), message));
        }
    }
    if value
        .text("spec.evaluation.mode")
        .is_some_and(|mode| mode != "Kubernetes")
    {
        let message = "only mode Kubernetes is judged here";
        problems.push(Problem::new("spec.evaluation.mode", message));
    }
    for list in ["matchConditions", "validations", "variables"] {
        for (index, entry) in value.list(&format!("spec.{list}")).iter().enumerate() {
            for (field, source) in entry.entries("") {
                let source = source.as_str().unwrap_or_default();
                for outside in OUTSIDE {
                    if source.contains(outside) && field.to_lowercase().contains("expression") {
                        let field = format!("spec.{list}[{index}].{field}");
                        let name = outside.trim_end_matches(['.', '(']);
                        let message = format!("{name} asks something outside the request");
                        problems.push(Problem::new(field, message));
                    }
                }
            }
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let name = value.text("metadata.name").unwrap_or_default();
    let mut binding = Binding::everywhere(name);
    let actions: Vec<Action> = value
        .texts("spec.validationActions")
        .filter_map(|action| match action {
            "Deny" => Some(Action::Deny),
            "Warn" => Some(Action::Warn),
            "Audit" => Some(Action::Audit),
            _ => None,
        })
        .collect();
    // Kyverno's own default.
    binding.actions = if actions.is_empty() {
        vec![Action::Deny]
    } else {
        actions
    };
    let mut policy = value.clone();
    policy.set("apiVersion", json!("admissionregistration.k8s.io/v1"));
    policy.set("kind", json!("ValidatingAdmissionPolicy"));
    Ok((policy, binding))
}
