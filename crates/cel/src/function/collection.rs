//! The sets library.

use super::{Call, Failure, Function, global};
use crate::value::Val;

pub(crate) const FUNCTIONS: &[Function] = &[
    global("sets.contains", 2, 2, |call| {
        Ok(Val::Bool(contains(call, 0, 1)?))
    }),
    global("sets.equivalent", 2, 2, |call| {
        Ok(Val::Bool(contains(call, 0, 1)? && contains(call, 1, 0)?))
    }),
    global("sets.intersects", 2, 2, intersects),
];

/// True when the one list has every member of the other.
fn contains(call: &Call<'_>, all: usize, some: usize) -> Result<bool, Failure> {
    let (all, some) = (call.list(all)?, call.list(some)?);
    call.budget.step(all.len().saturating_mul(some.len()))?;
    Ok(some.iter().all(|member| all.contains(member)))
}

fn intersects(call: &Call<'_>) -> Result<Val, Failure> {
    let (one, other) = (call.list(0)?, call.list(1)?);
    call.budget.step(one.len().saturating_mul(other.len()))?;
    Ok(Val::Bool(one.iter().any(|member| other.contains(member))))
}
