//! Optional values. What evaluates an argument only when needed is in the evaluator.

use super::{Failure, Function, global, member};
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
];
