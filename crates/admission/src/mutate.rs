//! `MutatingAdmissionPolicy`: what becomes of an object before it is validated.
//!
//! A mutation is an expression that makes a part of an object (`Object{spec: …}`), which is merged as
//! server-side apply would, or a list of JSON patches. Both are pure functions of the request, so manifests
//! can be judged as they will be stored. Lists are merged by the keys that Kubernetes gives them; what a
//! list without keys would become is an error, as it is there.

use catseye_cel::{Budget, Program};
use catseye_model::{Fields as _, Value, json};

use crate::binding::Binding;
use crate::judge;
use crate::params;
use crate::patch;
use crate::policy::{FailurePolicy, Policy, Problem};
use crate::request::{Operation, Request};
use crate::surroundings::Surroundings;

/// A policy that changes objects.
#[derive(Debug)]
pub struct MutatingPolicy {
    /// What it shares with policies that validate: matching, conditions, variables, parameters.
    base: Policy,
    mutations: Vec<Mutation>,
}

#[derive(Debug)]
enum Mutation {
    /// A part of an object to merge.
    Apply(Program),
    /// A list of JSON patches.
    Patch(Program),
}

/// Why an object could not be changed, where the policy fails then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("MutatingAdmissionPolicy '{policy}' with binding '{binding}': {message}")]
pub struct MutationError {
    /// The policy.
    pub policy: String,
    /// The binding.
    pub binding: String,
    /// What is wrong.
    pub message: String,
}

impl MutatingPolicy {
    /// Reads and compiles a policy.
    pub fn read(value: &Value) -> Result<Self, Vec<Problem>> {
        // Everything but the mutations is written as in a policy that validates.
        let mut shared = value.clone();
        shared.update("spec", |spec| {
            if spec.is_object() {
                spec.remove("mutations");
                spec.set("validations", json!([{"expression": "true"}]));
            }
        });
        let base = Policy::read(&shared)?;
        let environment = base.environment.clone().with_object_literals();
        let mut problems = Vec::new();
        let mut mutations = Vec::new();
        for (index, mutation) in value.list("spec.mutations").iter().enumerate() {
            let field = format!("spec.mutations[{index}]");
            let (below, wrap): (_, fn(Program) -> Mutation) = match mutation.text("patchType") {
                Some("ApplyConfiguration") => ("applyConfiguration", Mutation::Apply),
                Some("JSONPatch") => ("jsonPatch", Mutation::Patch),
                _ => {
                    let message = "write ApplyConfiguration or JSONPatch";
                    problems.push(Problem::new(format!("{field}.patchType"), message));
                    continue;
                }
            };
            let place = format!("{field}.{below}.expression");
            match mutation.text(&format!("{below}.expression")) {
                None => problems.push(Problem::new(place, "write an expression")),
                Some(source) => match environment.compile(source) {
                    Ok(program) => mutations.push(wrap(program)),
                    Err(err) => problems.push(Problem::new(place, err.to_string())),
                },
            }
        }
        if mutations.is_empty() && problems.is_empty() {
            problems.push(Problem::new("spec.mutations", "write mutations"));
        }
        if problems.is_empty() {
            Ok(MutatingPolicy { base, mutations })
        } else {
            Err(problems)
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.base.name
    }

    /// Changes a request's object through these bindings of the policy. With `failurePolicy: Ignore`, what
    /// cannot be evaluated changes nothing.
    pub fn mutate(
        &self,
        bindings: &[Binding],
        request: &mut Request,
        surroundings: &Surroundings,
    ) -> Result<(), MutationError> {
        let is_write = matches!(request.operation, Operation::Create | Operation::Update);
        if !is_write || judge::is_exempt(request) {
            return Ok(());
        }
        for binding in bindings.iter().filter(|it| it.policy == self.base.name) {
            let Some(met) = self.base.matches.meets(request, surroundings) else {
                return Ok(());
            };
            if let Some(matches) = &binding.matches
                && matches.meets(request, surroundings).is_none()
            {
                continue;
            }
            let fail = |message: String| MutationError {
                policy: self.base.name.clone(),
                binding: binding.name.clone(),
                message,
            };
            let found = params::of(
                self.base.param_kind.as_ref(),
                binding,
                request,
                surroundings,
            );
            let changed = found.and_then(|found| {
                let mut after = request.clone();
                for params in &found {
                    self.through(&mut after, &met, params, surroundings)?;
                }
                Ok(after.object)
            });
            match (changed, self.base.failure_policy) {
                (Ok(object), _) => request.object = object,
                (Err(message), FailurePolicy::Fail) => return Err(fail(message)),
                (Err(_), FailurePolicy::Ignore) => {}
            }
        }
        Ok(())
    }

    fn through(
        &self,
        request: &mut Request,
        met: &crate::matching::Met,
        params: &Value,
        surroundings: &Surroundings,
    ) -> Result<(), String> {
        for mutation in &self.mutations {
            // Each mutation sees what the one before it has made.
            let seen = judge::in_version(request, met, surroundings)?;
            let Some(scope) = judge::ready_scope(&self.base, &seen, met, params, surroundings)
                .map_err(|err| err.to_string())?
            else {
                return Ok(());
            };
            let budget = Budget::of_a_policy();
            let (Mutation::Apply(program) | Mutation::Patch(program)) = mutation;
            let made = program.evaluate(&scope, &budget).map_err(|err| {
                format!("expression '{}' resulted in error: {err}", program.source())
            })?;
            let Some(made) = made.to_json() else {
                return Err(format!(
                    "expression '{}' made what no object holds",
                    program.source()
                ));
            };
            let after = match mutation {
                Mutation::Apply(_) => patch::merged(&seen.object, &made)?,
                Mutation::Patch(_) => patch::patched(&seen.object, &made)?,
            };
            let own = (request.group.clone(), request.version.clone());
            let from = (
                met.group.as_str(),
                met.version.as_str(),
                request.resource.as_str(),
            );
            request.object = surroundings.served.converted(&after, from, &own)?;
        }
        Ok(())
    }
}
