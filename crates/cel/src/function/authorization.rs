//! The authorizer library: a question is put together step by step, and asked by `check`.

use std::sync::Arc;

use super::{Call, Failure, Function, member};
use crate::authorizer::{Attempt, Authorization, Decision, Who};
use crate::value::Val;

pub(crate) const FUNCTIONS: &[Function] = &[
    member("serviceAccount", 2, 2, |call| match of(call)? {
        Authorization::Authorizer(authorizer, _) => {
            let account = Who::ServiceAccount(call.text(1)?.into(), call.text(2)?.into());
            asked(Authorization::Authorizer(authorizer.clone(), account))
        }
        _ => Err(Failure::NoOverload),
    }),
    member("path", 1, 1, |call| match of(call)? {
        Authorization::Authorizer(authorizer, who) => asked(Authorization::Path(
            authorizer.clone(),
            who.clone(),
            call.text(1)?.to_owned(),
        )),
        _ => Err(Failure::NoOverload),
    }),
    member("group", 1, 1, |call| match of(call)? {
        Authorization::Authorizer(authorizer, who) => asked(Authorization::Group(
            authorizer.clone(),
            who.clone(),
            call.text(1)?.to_owned(),
        )),
        _ => Err(Failure::NoOverload),
    }),
    member("resource", 1, 1, |call| match of(call)? {
        Authorization::Group(authorizer, who, group) => asked(Authorization::Resource(
            authorizer.clone(),
            who.clone(),
            Box::new(Attempt {
                group: group.clone(),
                resource: call.text(1)?.to_owned(),
                ..Attempt::default()
            }),
        )),
        _ => Err(Failure::NoOverload),
    }),
    member("subresource", 1, 1, |call| {
        narrowed(call, |attempt, text| attempt.subresource = text)
    }),
    member("namespace", 1, 1, |call| {
        narrowed(call, |attempt, text| attempt.namespace = text)
    }),
    member("name", 1, 1, |call| {
        narrowed(call, |attempt, text| attempt.name = text)
    }),
    member("fieldSelector", 1, 1, |call| {
        narrowed(call, |attempt, text| attempt.field_selector = Some(text))
    }),
    member("labelSelector", 1, 1, |call| {
        narrowed(call, |attempt, text| attempt.label_selector = Some(text))
    }),
    member("check", 1, 1, check),
    member("allowed", 0, 0, |call| {
        Ok(Val::Bool(decision(call)?.allowed))
    }),
    member("reason", 0, 0, |call| call.made(&decision(call)?.reason)),
    member("errored", 0, 0, |call| {
        Ok(Val::Bool(decision(call)?.error.is_some()))
    }),
    member("error", 0, 0, |call| {
        call.made(decision(call)?.error.as_deref().unwrap_or_default())
    }),
];

/// What one decision costs, in steps: Kubernetes counts 350,000 of its own.
const CHECK: usize = 350_000;

fn of<'a>(call: &'a Call<'_>) -> Result<&'a Authorization, Failure> {
    match &call.args[0] {
        Val::Authorization(question) => Ok(question),
        _ => Err(Failure::NoOverload),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what every function gives")]
fn asked(question: Authorization) -> Result<Val, Failure> {
    Ok(Val::Authorization(Arc::new(question)))
}

fn narrowed(call: &Call<'_>, change: fn(&mut Attempt, String)) -> Result<Val, Failure> {
    let Authorization::Resource(authorizer, who, attempt) = of(call)? else {
        return Err(Failure::NoOverload);
    };
    let mut attempt = attempt.clone();
    change(&mut attempt, call.text(1)?.to_owned());
    asked(Authorization::Resource(
        authorizer.clone(),
        who.clone(),
        attempt,
    ))
}

fn check(call: &Call<'_>) -> Result<Val, Failure> {
    let verb = call.text(1)?.to_owned();
    call.budget.step(CHECK)?;
    let decision = match of(call)? {
        Authorization::Path(authorizer, who, path) => authorizer.decide(
            who,
            &Attempt {
                verb,
                path: Some(path.clone()),
                ..Attempt::default()
            },
        ),
        Authorization::Resource(authorizer, who, attempt) => {
            let attempt = Attempt {
                verb,
                ..(**attempt).clone()
            };
            authorizer.decide(who, &attempt)
        }
        _ => return Err(Failure::NoOverload),
    };
    asked(Authorization::Decision(decision))
}

fn decision<'a>(call: &'a Call<'_>) -> Result<&'a Decision, Failure> {
    match of(call)? {
        Authorization::Decision(decision) => Ok(decision),
        _ => Err(Failure::NoOverload),
    }
}
