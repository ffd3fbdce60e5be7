//! Quantities: `quantity('1Gi')` and what can be asked of it.

use std::cmp::Ordering;

use catseye_model::Quantity;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

const NANOS: i128 = 1_000_000_000;

pub(crate) const FUNCTIONS: &[Function] = &[
    global("quantity", 1, 1, |call| match call.text(0)?.parse() {
        Ok(quantity) => Ok(Val::Quantity(quantity)),
        Err(_) => fail(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
    }),
    global("isQuantity", 1, 1, |call| {
        Ok(Val::Bool(call.text(0)?.parse::<Quantity>().is_ok()))
    }),
    // Not a method: the API server declares it as a function alone.
    global("sign", 1, 1, |call| {
        Ok(Val::Int(match of(call, 0)?.nanos().cmp(&0) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }))
    }),
    member("isInteger", 0, 0, |call| {
        Ok(Val::Bool(whole(of(call, 0)?).is_some()))
    }),
    member("asInteger", 0, 0, |call| match whole(of(call, 0)?) {
        Some(number) => Ok(Val::Int(number)),
        None => fail("cannot convert value to integer"),
    }),
    member("asApproximateFloat", 0, 0, |call| {
        #[expect(clippy::cast_precision_loss, reason = "approximate by name")]
        Ok(Val::Double(of(call, 0)?.nanos() as f64 / 1e9))
    }),
    member("add", 1, 1, |call| combined(call, i128::checked_add)),
    member("sub", 1, 1, |call| combined(call, i128::checked_sub)),
    // Quantities and versions share these names.
    member("compareTo", 1, 1, |call| {
        Ok(Val::Int(ordering(call)? as i64))
    }),
    member("isLessThan", 1, 1, |call| {
        Ok(Val::Bool(ordering(call)?.is_lt()))
    }),
    member("isGreaterThan", 1, 1, |call| {
        Ok(Val::Bool(ordering(call)?.is_gt()))
    }),
];

fn of(call: &Call<'_>, place: usize) -> Result<Quantity, Failure> {
    match &call.args[place] {
        Val::Quantity(quantity) => Ok(*quantity),
        _ => Err(Failure::NoOverload),
    }
}

fn whole(quantity: Quantity) -> Option<i64> {
    let nanos = quantity.nanos();
    (nanos % NANOS == 0)
        .then(|| i64::try_from(nanos / NANOS).ok())
        .flatten()
}

fn ordering(call: &Call<'_>) -> Result<Ordering, Failure> {
    match call.args {
        [Val::Quantity(one), Val::Quantity(other)] => Ok(one.cmp(other)),
        [Val::Semver(one), Val::Semver(other)] => Ok(one.compare(other)),
        _ => Err(Failure::NoOverload),
    }
}

fn combined(call: &Call<'_>, operation: fn(i128, i128) -> Option<i128>) -> Result<Val, Failure> {
    let one = of(call, 0)?.nanos();
    let other = match &call.args[1] {
        Val::Quantity(quantity) => quantity.nanos(),
        Val::Int(number) => i128::from(*number) * NANOS,
        _ => return Err(Failure::NoOverload),
    };
    match operation(one, other) {
        Some(nanos) => Ok(Val::Quantity(Quantity::of_nanos(nanos))),
        None => fail("quantity overflow"),
    }
}
