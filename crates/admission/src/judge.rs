//! A request judged by one policy through its bindings.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_cel::authorizer::{Attempt, Authorization, Who};
use catseye_cel::{Budget, EvaluationError, Scope, Val};
use catseye_model::{Value, json};

use crate::binding::{Action, Binding};
use crate::matching::Met;
use crate::mutate::MutationError;
use crate::params;
use crate::policy::{FailurePolicy, Policy, place};
use crate::request::{Operation, Request};
use crate::surroundings::Surroundings;

/// A validation that failed, or a policy that could not judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The policy.
    pub policy: String,
    /// The binding; none where the policy itself could not be applied.
    pub binding: Option<String>,
    /// What the policy says.
    pub message: String,
    /// Such as `Forbidden`.
    pub reason: String,
    /// Which validation failed, from 0.
    pub validation: Option<usize>,
    /// True when it could not be judged and the policy fails then: no verdict on merit.
    pub is_error: bool,
}

/// What policies say of a request.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Why it is refused; it passes when there are none.
    pub denials: Vec<Denial>,
    /// What the client is told.
    pub warnings: Vec<Denial>,
    /// What the audit log is told of failed validations.
    pub audits: Vec<Denial>,
    /// Audit annotations: `POLICY/KEY` and the values.
    pub annotations: BTreeMap<String, String>,
    /// What could not be judged and passed because the policy ignores that.
    pub ignored: Vec<Denial>,
    /// How many policies the request met.
    pub met: usize,
}

impl Verdict {
    /// Of a request whose object could not be changed as a policy says, which is refused.
    pub fn not_mutated(err: &MutationError) -> Self {
        Verdict {
            denials: vec![Denial {
                policy: err.policy.clone(),
                binding: Some(err.binding.clone()),
                message: err.message.clone(),
                reason: "Invalid".to_owned(),
                validation: None,
                is_error: true,
            }],
            met: 1,
            ..Verdict::default()
        }
    }

    /// True when nothing refuses the request.
    pub fn passes(&self) -> bool {
        self.denials.is_empty()
    }

    /// The message that the client gets, of the first denial.
    pub fn message(&self) -> Option<String> {
        let first = self.denials.first()?;
        let binding = first
            .binding
            .as_ref()
            .map_or_else(String::new, |binding| format!(" with binding '{binding}'"));
        Some(format!(
            "ValidatingAdmissionPolicy '{}'{binding} denied request: {}",
            first.policy, first.message
        ))
    }
}

/// What the API server cuts audit annotations to.
const ANNOTATION_LENGTH: usize = 10 * 1024;

/// The longest message that an expression may make.
const MESSAGE_LENGTH: usize = 5 * 1024;

impl Policy {
    /// Judges a request through these bindings of the policy, adding to the verdict.
    pub fn judge(
        &self,
        bindings: &[Binding],
        request: &Request,
        surroundings: &Surroundings,
        verdict: &mut Verdict,
    ) {
        if is_exempt(request) {
            return;
        }
        let Some(met) = self.matches.meets(request, surroundings) else {
            return;
        };
        verdict.met += 1;
        let converted = match in_version(request, &met, surroundings) {
            Ok(converted) => converted,
            Err(why) => {
                verdict.ignored.push(Denial {
                    policy: self.name.clone(),
                    binding: None,
                    message: format!("not judged: {why}"),
                    reason: "Invalid".to_owned(),
                    validation: None,
                    is_error: true,
                });
                return;
            }
        };
        let mut published: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for binding in bindings
            .iter()
            .filter(|binding| binding.policy == self.name)
        {
            if let Some(matches) = &binding.matches
                && matches.meets(request, surroundings).is_none()
            {
                continue;
            }
            match params::of(self.param_kind.as_ref(), binding, request, surroundings) {
                Ok(params) => {
                    for params in &params {
                        let judgement = Judgement {
                            policy: self,
                            binding,
                            verdict: RefCell::new(verdict),
                        };
                        judgement.run(&converted, &met, params, surroundings, &mut published);
                    }
                }
                Err(message) => {
                    let denial = Denial {
                        policy: self.name.clone(),
                        binding: Some(binding.name.clone()),
                        message: format!("failed to configure binding: {message}"),
                        reason: "Invalid".to_owned(),
                        validation: None,
                        is_error: true,
                    };
                    match self.failure_policy {
                        FailurePolicy::Fail => verdict.denials.push(denial),
                        FailurePolicy::Ignore => verdict.ignored.push(denial),
                    }
                }
            }
        }
        for (key, values) in published {
            verdict
                .annotations
                .insert(format!("{}/{key}", self.name), values.join(", "));
        }
    }
}

/// Policies cannot lock out those who mend them.
pub(crate) fn is_exempt(request: &Request) -> bool {
    request.group == "admissionregistration.k8s.io"
        && [
            "ValidatingWebhookConfiguration",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
        ]
        .contains(&request.kind.as_str())
}

struct Judgement<'a> {
    policy: &'a Policy,
    binding: &'a Binding,
    verdict: RefCell<&'a mut Verdict>,
}

/// The request with its objects in the version that the policy asked for, or why they cannot be converted.
pub(crate) fn in_version<'r>(
    request: &'r Request,
    met: &Met,
    surroundings: &Surroundings,
) -> Result<Cow<'r, Request>, String> {
    if met.group == request.group && met.version == request.version {
        return Ok(Cow::Borrowed(request));
    }
    let from = (
        request.group.as_str(),
        request.version.as_str(),
        request.resource.as_str(),
    );
    let to = (met.group.clone(), met.version.clone());
    let served = &surroundings.served;
    let object = served.converted(&request.object, from, &to)?;
    let old_object = served.converted(&request.old_object, from, &to)?;
    Ok(Cow::Owned(Request {
        object,
        old_object,
        ..request.clone()
    }))
}

/// What expressions may read of a namespace: its metadata, its spec and its status.
fn namespace_seen(request: &Request, surroundings: &Surroundings) -> Val {
    if request.namespace.is_empty() || request.is_namespace() {
        return Val::Null;
    }
    Val::of(&surroundings.namespace(&request.namespace))
}

/// The variables of a policy for a request [in its version](in_version); `None` where its conditions say that it is not for it.
pub(crate) fn ready_scope<'a>(
    policy: &'a Policy,
    request: &Request,
    met: &Met,
    params: &Value,
    surroundings: &Surroundings,
) -> Result<Option<Scope<'a>>, EvaluationError> {
    let mut scope = Judgement::scope(policy, request, met, params, surroundings);
    if !conditions_met(policy, &scope)? {
        return Ok(None);
    }
    scope.set(place::NAMESPACE, namespace_seen(request, surroundings));
    for (_, program) in &policy.variables {
        scope.composite(program);
    }
    Ok(Some(scope))
}

/// Whether a policy's conditions hold: a false one decides, whatever the others fail of.
fn conditions_met(policy: &Policy, scope: &Scope<'_>) -> Result<bool, EvaluationError> {
    let budget = Budget::of_a_policy();
    let mut failed = None;
    for (_, program) in &policy.conditions {
        match program.evaluate(scope, &budget) {
            Ok(Val::Bool(false)) => return Ok(false),
            Ok(_) => {}
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(true), Err)
}

impl Judgement<'_> {
    fn scope<'a>(
        policy: &'a Policy,
        request: &Request,
        met: &Met,
        params: &Value,
        surroundings: &Surroundings,
    ) -> Scope<'a> {
        let mut scope = Scope::new(&policy.environment);
        scope.set(place::OBJECT, Val::of(&request.object));
        scope.set(place::OLD_OBJECT, Val::of(&request.old_object));
        scope.set(
            place::REQUEST,
            Val::of(&request.seen(&met.group, &met.version)),
        );
        let authorizer = surroundings.authorizer.clone();
        let whole = Authorization::Authorizer(authorizer.clone(), Who::Requester);
        scope.set(place::AUTHORIZER, Val::Authorization(Arc::new(whole)));
        let own = Authorization::Resource(
            authorizer,
            Who::Requester,
            Box::new(Attempt {
                group: request.group.clone(),
                resource: request.resource.clone(),
                subresource: request.subresource.clone(),
                namespace: request.namespace.clone(),
                name: request.name.clone(),
                ..Attempt::default()
            }),
        );
        scope.set(place::REQUEST_RESOURCE, Val::Authorization(Arc::new(own)));
        scope.set(place::PARAMS, Val::of(params));
        scope
    }

    fn run(
        &self,
        request: &Request,
        met: &Met,
        params: &Value,
        surroundings: &Surroundings,
        published: &mut BTreeMap<String, Vec<String>>,
    ) {
        let policy = self.policy;
        let scope = match ready_scope(policy, request, met, params, surroundings) {
            Ok(Some(scope)) => scope,
            Ok(None) => return,
            Err(error) => {
                // With `Ignore`, conditions that fail mean that the policy is not for this request.
                self.failed(None, format!("expression evaluation: {error}"));
                return;
            }
        };
        let budget = Budget::of_a_policy();
        for (index, validation) in policy.validations.iter().enumerate() {
            match validation.expression.evaluate(&scope, &budget) {
                Ok(Val::Bool(true)) => {}
                Ok(_) => {
                    let made = validation
                        .message_expression
                        .as_ref()
                        .map(|program| program.evaluate(&scope, &budget));
                    if let Some(Err(error)) = &made
                        && error.out_of_budget
                    {
                        self.failed(Some(index), format!("failed messageExpression: {error}"));
                        continue;
                    }
                    let message = made
                        .and_then(Result::ok)
                        .and_then(|made| made.as_str().map(|text| text.trim().to_owned()))
                        .filter(|text| {
                            !text.is_empty() && text.len() <= MESSAGE_LENGTH && !text.contains('\n')
                        })
                        .unwrap_or_else(|| validation.message.trim().to_owned());
                    let message = if message.is_empty() {
                        format!("failed expression: {}", validation.source().trim())
                    } else {
                        message
                    };
                    self.denied(&Denial {
                        policy: policy.name.clone(),
                        binding: Some(self.binding.name.clone()),
                        message,
                        reason: validation.reason.clone(),
                        validation: Some(index),
                        is_error: false,
                    });
                }
                Err(error) => {
                    let source = validation.source();
                    self.failed(
                        Some(index),
                        format!("expression '{source}' resulted in error: {error}"),
                    );
                }
            }
        }
        let budget = Budget::of_a_policy();
        for (key, program) in &policy.annotations {
            match program.evaluate(&scope, &budget) {
                Ok(Val::Null) => {}
                Ok(Val::Text(text)) => {
                    let value = cut(text.trim(), ANNOTATION_LENGTH);
                    if !value.is_empty() {
                        let values = published.entry(key.clone()).or_default();
                        if !values.iter().any(|known| known == value) {
                            values.push(value.to_owned());
                        }
                    }
                }
                Ok(other) => self.refused_annotation(format!(
                    "valueExpression '{}' resulted in unsupported return type: {}. Return type must be either string or null.",
                    program.source(),
                    other.type_name()
                )),
                Err(error) if policy.failure_policy == FailurePolicy::Fail => {
                    self.refused_annotation(error.to_string());
                }
                Err(error) => self.failed(None, error.to_string()),
            }
        }
    }

    fn failed(&self, validation: Option<usize>, message: String) {
        let denial = Denial {
            policy: self.policy.name.clone(),
            binding: Some(self.binding.name.clone()),
            message,
            reason: "Invalid".to_owned(),
            validation,
            is_error: true,
        };
        match self.policy.failure_policy {
            FailurePolicy::Fail => self.denied(&denial),
            FailurePolicy::Ignore => self.verdict.borrow_mut().ignored.push(denial),
        }
    }

    /// Does with a failed validation what the binding says.
    fn denied(&self, denial: &Denial) {
        let mut verdict = self.verdict.borrow_mut();
        for action in &self.binding.actions {
            match action {
                Action::Deny => verdict.denials.push(denial.clone()),
                Action::Warn => verdict.warnings.push(denial.clone()),
                Action::Audit => verdict.audits.push(denial.clone()),
            }
        }
    }

    /// An annotation that cannot be made refuses the request whatever the binding's actions are.
    fn refused_annotation(&self, message: String) {
        self.verdict.borrow_mut().denials.push(Denial {
            policy: self.policy.name.clone(),
            binding: Some(self.binding.name.clone()),
            message,
            reason: "Invalid".to_owned(),
            validation: None,
            is_error: true,
        });
    }
}

/// The text up to a length, at a character's end.
fn cut(text: &str, length: usize) -> &str {
    let mut end = length.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Request {
    /// The same change as an update of what is there, or as a removal.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.operation = operation;
        match operation {
            Operation::Delete => {
                self.old_object = std::mem::take(&mut self.object);
                self.options = json!({"apiVersion": "meta.k8s.io/v1", "kind": "DeleteOptions"});
            }
            Operation::Update => {
                self.options = json!({"apiVersion": "meta.k8s.io/v1", "kind": "UpdateOptions"});
            }
            Operation::Create | Operation::Connect => {}
        }
        self
    }
}
