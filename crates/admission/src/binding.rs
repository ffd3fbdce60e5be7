//! Bindings: where a policy holds, with which parameters, and what follows.

use catseye_model::{Fields as _, Selector, Value};

use crate::matching::MatchResources;
use crate::policy::Problem;

/// What follows when a validation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The request is refused.
    Deny,
    /// The client is warned.
    Warn,
    /// The audit log is told.
    Audit,
}

/// Where the parameters of a binding are.
#[derive(Debug, Clone)]
pub(crate) struct ParamRef {
    pub(crate) name: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) selector: Option<Selector>,
    /// Denied, or passed over, when there are none.
    pub(crate) missing_denies: bool,
}

/// A `ValidatingAdmissionPolicyBinding`.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// The policy that it binds.
    pub policy: String,
    /// What follows when a validation fails.
    pub actions: Vec<Action>,
    /// Where it holds; everywhere when absent.
    pub matches: Option<MatchResources>,
    pub(crate) param_ref: Option<ParamRef>,
}

impl Binding {
    /// A binding of a policy that holds everywhere and denies.
    pub fn everywhere(policy: &str) -> Self {
        Binding {
            name: policy.to_owned(),
            policy: policy.to_owned(),
            actions: vec![Action::Deny],
            matches: None,
            param_ref: None,
        }
    }

    /// Reads the binding of a policy that changes objects, which has no actions.
    pub fn read_mutating(value: &Value) -> Result<Self, Vec<Problem>> {
        let mut value = value.clone();
        value.update("spec", |spec| {
            if spec.is_object() {
                spec.set("validationActions", catseye_model::json!(["Deny"]));
            }
        });
        Self::read(&value)
    }

    /// Reads a binding.
    pub fn read(value: &Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let name = value.text("metadata.name").unwrap_or_default().to_owned();
        let Some(policy) = value.text("spec.policyName") else {
            return Err(vec![Problem::new("spec.policyName", "name the policy")]);
        };
        let mut actions = Vec::new();
        for action in value.texts("spec.validationActions") {
            match action {
                "Deny" => actions.push(Action::Deny),
                "Warn" => actions.push(Action::Warn),
                "Audit" => actions.push(Action::Audit),
                other => problems.push(Problem::new(
                    "spec.validationActions",
                    format!("{other}: write Deny, Warn or Audit"),
                )),
            }
        }
        if actions.is_empty() && problems.is_empty() {
            problems.push(Problem::new(
                "spec.validationActions",
                "write Deny, Warn or Audit",
            ));
        }
        if actions.contains(&Action::Deny) && actions.contains(&Action::Warn) {
            problems.push(Problem::new(
                "spec.validationActions",
                "Deny and Warn may not be used together",
            ));
        }
        let matches = match value.at("spec.matchResources") {
            Value::Null => None,
            matches => MatchResources::read(matches, "spec.matchResources", &mut problems),
        };
        let param_ref = match value.at("spec.paramRef") {
            Value::Null => None,
            param_ref => read_param_ref(param_ref, &mut problems),
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Binding {
            name,
            policy: policy.to_owned(),
            actions,
            matches,
            param_ref,
        })
    }
}

fn read_param_ref(value: &Value, problems: &mut Vec<Problem>) -> Option<ParamRef> {
    let name = value.text("name").map(str::to_owned);
    let selector = match value.get("selector") {
        None | Some(Value::Null) => None,
        Some(selector) => match Selector::of(selector) {
            Ok(selector) => Some(selector),
            Err(err) => {
                problems.push(Problem::new("spec.paramRef.selector", err.to_string()));
                return None;
            }
        },
    };
    if name.is_some() == selector.is_some() {
        problems.push(Problem::new(
            "spec.paramRef",
            "write one of name and selector",
        ));
    }
    let missing_denies = match value.text("parameterNotFoundAction") {
        Some("Deny") => true,
        Some("Allow") => false,
        _ => {
            problems.push(Problem::new(
                "spec.paramRef.parameterNotFoundAction",
                "write Allow or Deny",
            ));
            return None;
        }
    };
    Some(ParamRef {
        name,
        namespace: value.text("namespace").map(str::to_owned),
        selector,
        missing_denies,
    })
}
