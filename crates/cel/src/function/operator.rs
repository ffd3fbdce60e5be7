//! Operators: arithmetic that reports overflow, comparison across numeric types, membership.

use std::cmp::Ordering;

use super::{Call, Failure, Function, fail, global};
use crate::value::{Val, compare};

pub(crate) const FUNCTIONS: &[Function] = &[
    global("_+_", 2, 2, add),
    global("_-_", 2, 2, subtract),
    global("_*_", 2, 2, multiply),
    global("_/_", 2, 2, divide),
    global("_%_", 2, 2, remainder),
    global("-_", 1, 1, negate),
    global("_==_", 2, 2, |call| equal(call).map(Val::Bool)),
    global("_!=_", 2, 2, |call| {
        equal(call).map(|same| Val::Bool(!same))
    }),
    global("_<_", 2, 2, |call| ordered(call, Ordering::is_lt)),
    global("_<=_", 2, 2, |call| ordered(call, Ordering::is_le)),
    global("_>_", 2, 2, |call| ordered(call, Ordering::is_gt)),
    global("_>=_", 2, 2, |call| ordered(call, Ordering::is_ge)),
    global("@in", 2, 2, is_in),
];

fn weight(value: &Val) -> usize {
    match value {
        Val::Text(text) => text.len() / 10,
        other => other.len().unwrap_or(0),
    }
}

fn equal(call: &Call<'_>) -> Result<bool, Failure> {
    call.budget
        .step(weight(&call.args[0]).min(weight(&call.args[1])))?;
    Ok(call.args[0] == call.args[1])
}

fn ordered(call: &Call<'_>, holds: fn(Ordering) -> bool) -> Result<Val, Failure> {
    let [one, other] = call.args else {
        return Err(Failure::NoOverload);
    };
    call.budget.step(weight(one).min(weight(other)))?;
    match compare(one, other) {
        Some(order) => Ok(Val::Bool(holds(order))),
        // A number that is none is neither less nor greater than any.
        None if is_number(one) && is_number(other) => Ok(Val::Bool(false)),
        None => Err(Failure::NoOverload),
    }
}

fn is_number(value: &Val) -> bool {
    matches!(value, Val::Int(_) | Val::UInt(_) | Val::Double(_))
}

fn is_in(call: &Call<'_>) -> Result<Val, Failure> {
    let [wanted, within] = call.args else {
        return Err(Failure::NoOverload);
    };
    if within.is_map() {
        let found = match within {
            Val::Map(map) => map.get(wanted).is_some(),
            Val::Json(map) => wanted.as_str().is_some_and(|key| map.get(key).is_some()),
            _ => false,
        };
        return Ok(Val::Bool(found));
    }
    let count = within.len().ok_or(Failure::NoOverload)?;
    for place in 0..count {
        call.budget.step(1)?;
        if within.member(place).as_ref() == Some(wanted) {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn whole<T>(value: Option<T>, make: fn(T) -> Val, kind: &str) -> Result<Val, Failure> {
    value.map_or_else(|| fail(format!("{kind} overflow")), |value| Ok(make(value)))
}

fn add(call: &Call<'_>) -> Result<Val, Failure> {
    let [one, other] = call.args else {
        return Err(Failure::NoOverload);
    };
    match (one, other) {
        (Val::Int(one), Val::Int(other)) => whole(one.checked_add(*other), Val::Int, "integer"),
        (Val::UInt(one), Val::UInt(other)) => {
            whole(one.checked_add(*other), Val::UInt, "unsigned integer")
        }
        (Val::Double(one), Val::Double(other)) => Ok(Val::Double(one + other)),
        (Val::Text(one), Val::Text(other)) => {
            call.budget.make(one.len() + other.len())?;
            Ok(Val::text(format!("{one}{other}")))
        }
        (Val::Bytes(one), Val::Bytes(other)) => {
            call.budget.make(one.len() + other.len())?;
            Ok(Val::Bytes([&one[..], &other[..]].concat().into()))
        }
        (Val::Duration(one), Val::Duration(other)) => {
            whole(one.checked_add(*other), Val::Duration, "duration")
        }
        (Val::Timestamp(_), Val::Duration(nanos)) => super::time::moved(one, *nanos),
        (Val::Duration(nanos), Val::Timestamp(_)) => super::time::moved(other, *nanos),
        _ if one.is_list() && other.is_list() => {
            let mut members = call.list(0)?;
            members.extend(call.list(1)?);
            call.made_list(members)
        }
        _ => Err(Failure::NoOverload),
    }
}

fn subtract(call: &Call<'_>) -> Result<Val, Failure> {
    let [one, other] = call.args else {
        return Err(Failure::NoOverload);
    };
    match (one, other) {
        (Val::Int(one), Val::Int(other)) => whole(one.checked_sub(*other), Val::Int, "integer"),
        (Val::UInt(one), Val::UInt(other)) => {
            whole(one.checked_sub(*other), Val::UInt, "unsigned integer")
        }
        (Val::Double(one), Val::Double(other)) => Ok(Val::Double(one - other)),
        (Val::Duration(one), Val::Duration(other)) => {
            whole(one.checked_sub(*other), Val::Duration, "duration")
        }
        (Val::Timestamp(_), Val::Duration(nanos)) => match nanos.checked_neg() {
            Some(nanos) => super::time::moved(one, nanos),
            None => fail("duration overflow"),
        },
        (Val::Timestamp(one), Val::Timestamp(other)) => {
            let nanos = one.as_nanosecond() - other.as_nanosecond();
            whole(i64::try_from(nanos).ok(), Val::Duration, "duration")
        }
        _ => Err(Failure::NoOverload),
    }
}

fn multiply(call: &Call<'_>) -> Result<Val, Failure> {
    match call.args {
        [Val::Int(one), Val::Int(other)] => whole(one.checked_mul(*other), Val::Int, "integer"),
        [Val::UInt(one), Val::UInt(other)] => {
            whole(one.checked_mul(*other), Val::UInt, "unsigned integer")
        }
        [Val::Double(one), Val::Double(other)] => Ok(Val::Double(one * other)),
        _ => Err(Failure::NoOverload),
    }
}

fn divide(call: &Call<'_>) -> Result<Val, Failure> {
    match call.args {
        [Val::Int(_), Val::Int(0)] | [Val::UInt(_), Val::UInt(0)] => fail("division by zero"),
        [Val::Int(one), Val::Int(other)] => whole(one.checked_div(*other), Val::Int, "integer"),
        [Val::UInt(one), Val::UInt(other)] => Ok(Val::UInt(one / other)),
        [Val::Double(one), Val::Double(other)] => Ok(Val::Double(one / other)),
        _ => Err(Failure::NoOverload),
    }
}

fn remainder(call: &Call<'_>) -> Result<Val, Failure> {
    match call.args {
        [Val::Int(_), Val::Int(0)] | [Val::UInt(_), Val::UInt(0)] => fail("modulus by zero"),
        [Val::Int(one), Val::Int(other)] => whole(one.checked_rem(*other), Val::Int, "integer"),
        [Val::UInt(one), Val::UInt(other)] => Ok(Val::UInt(one % other)),
        _ => Err(Failure::NoOverload),
    }
}

fn negate(call: &Call<'_>) -> Result<Val, Failure> {
    match call.args {
        [Val::Int(one)] => whole(one.checked_neg(), Val::Int, "integer"),
        [Val::Double(one)] => Ok(Val::Double(-one)),
        [Val::Duration(one)] => whole(one.checked_neg(), Val::Duration, "duration"),
        _ => Err(Failure::NoOverload),
    }
}
