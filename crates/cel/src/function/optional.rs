//! Optional values. What evaluates an argument only when needed is in the evaluator.

use std::sync::Arc;

use super::{Call, Failure, Function, global, member};
use crate::value::Val;

pub(crate) const FUNCTIONS: &[Function] = &[
    global("optional.of", 1, 1, |call| {
        Ok(Val::some(call.args[0].clone()))
    }),
    global("optional.none", 0, 0, |_| Ok(Val::Optional(None))),
    global("optional.ofNonZeroValue", 1, 1, |call| {
        Ok(if call.args[0].is_zero() {
            Val::Optional(None)
        } else {
            Val::some(call.args[0].clone())
        })
    }),
    member("hasValue", 0, 0, |call| match &call.args[0] {
        Val::Optional(inner) => Ok(Val::Bool(inner.is_some())),
        _ => Err(Failure::NoOverload),
    }),
    member("value", 0, 0, |call| match &call.args[0] {
        Val::Optional(Some(inner)) => Ok((**inner).clone()),
        Val::Optional(None) => super::fail("optional.none() dereference"),
        _ => Err(Failure::NoOverload),
    }),
    global("optional.unwrap", 1, 1, unwrapped),
    member("unwrapOpt", 0, 0, unwrapped),
    member("first", 0, 0, |call| {
        let list = call.list(0)?;
        Ok(Val::Optional(list.into_iter().next().map(Arc::new)))
    }),
    member("last", 0, 0, |call| {
        let list = call.list(0)?;
        Ok(Val::Optional(list.into_iter().next_back().map(Arc::new)))
    }),
];

/// What the optionals of a list hold; empty ones are left out.
fn unwrapped(call: &Call<'_>) -> Result<Val, Failure> {
    let mut held = Vec::new();
    for member in call.list(0)? {
        match member {
            Val::Optional(Some(inner)) => held.push((*inner).clone()),
            Val::Optional(None) => {}
            _ => return Err(Failure::NoOverload),
        }
    }
    call.made_list(held)
}
