//! Conversions between types, `size()`, `type()` and `dyn()`.

use std::sync::Arc;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

pub(crate) const FUNCTIONS: &[Function] = &[
    global("int", 1, 1, int),
    global("uint", 1, 1, uint),
    global("double", 1, 1, double),
    global("string", 1, 1, string),
    global("bool", 1, 1, boolean),
    global("bytes", 1, 1, bytes),
    global("dyn", 1, 1, |call| Ok(call.args[0].clone())),
    global("type", 1, 1, |call| Ok(Val::Type(call.args[0].type_name()))),
    global("size", 1, 1, size),
    member("size", 0, 0, size),
];

fn size(call: &Call<'_>) -> Result<Val, Failure> {
    let size = match &call.args[0] {
        Val::Text(_) => call.text(0)?.chars().count(),
        Val::Bytes(bytes) => bytes.len(),
        other => other.len().ok_or(Failure::NoOverload)?,
    };
    Ok(Val::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "numbers out of range are refused first"
)]
fn int(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Int(number) => Ok(Val::Int(*number)),
        Val::UInt(number) => {
            i64::try_from(*number).map_or_else(|_| fail("integer overflow"), |n| Ok(Val::Int(n)))
        }
        Val::Double(number) if *number > i64::MIN as f64 && *number < i64::MAX as f64 => {
            Ok(Val::Int(*number as i64))
        }
        Val::Double(_) => fail("integer overflow"),
        Val::Text(_) => {
            let text = call.text(0)?;
            text.parse().map_or_else(
                |_| fail("type conversion error from 'string' to 'int'"),
                |number| Ok(Val::Int(number)),
            )
        }
        Val::Timestamp(time) => Ok(Val::Int(
            time.as_nanosecond().div_euclid(1_000_000_000) as i64
        )),
        Val::Duration(nanos) => Ok(Val::Int(*nanos)),
        _ => Err(Failure::NoOverload),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers out of range are refused first"
)]
fn uint(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::UInt(number) => Ok(Val::UInt(*number)),
        Val::Int(number) => u64::try_from(*number)
            .map_or_else(|_| fail("unsigned integer overflow"), |n| Ok(Val::UInt(n))),
        Val::Double(number) if *number >= 0.0 && *number < u64::MAX as f64 => {
            Ok(Val::UInt(*number as u64))
        }
        Val::Double(_) => fail("unsigned integer overflow"),
        Val::Text(_) => call.text(0)?.parse().map_or_else(
            |_| fail("type conversion error from 'string' to 'uint'"),
            |number| Ok(Val::UInt(number)),
        ),
        _ => Err(Failure::NoOverload),
    }
}

#[expect(clippy::cast_precision_loss, reason = "what double() means")]
fn double(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Double(number) => Ok(Val::Double(*number)),
        Val::Int(number) => Ok(Val::Double(*number as f64)),
        Val::UInt(number) => Ok(Val::Double(*number as f64)),
        Val::Text(_) => call.text(0)?.parse().map_or_else(
            |_| fail("type conversion error from 'string' to 'double'"),
            |number| Ok(Val::Double(number)),
        ),
        _ => Err(Failure::NoOverload),
    }
}

fn boolean(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Bool(value) => Ok(Val::Bool(*value)),
        Val::Text(_) => match call.text(0)? {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Val::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Val::Bool(false)),
            _ => fail("type conversion error from 'string' to 'bool'"),
        },
        _ => Err(Failure::NoOverload),
    }
}

fn bytes(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Bytes(bytes) => Ok(Val::Bytes(bytes.clone())),
        Val::Text(text) => {
            call.budget.make(text.len())?;
            Ok(Val::Bytes(Arc::from(text.as_bytes())))
        }
        _ => Err(Failure::NoOverload),
    }
}

fn string(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Text(text) => Ok(Val::Text(text.clone())),
        Val::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => call.made(text),
            Err(_) => fail("invalid UTF-8 in bytes, cannot convert to string"),
        },
        value => match shown(value) {
            Some(text) => call.made(text),
            None => Err(Failure::NoOverload),
        },
    }
}

/// The text of a value that `string()` converts.
pub(crate) fn shown(value: &Val) -> Option<String> {
    Some(match value {
        Val::Text(text) => text.to_string(),
        Val::Bool(value) => value.to_string(),
        Val::Int(number) => number.to_string(),
        Val::UInt(number) => number.to_string(),
        Val::Double(number) => double_text(*number),
        Val::Duration(nanos) => super::time::duration_text(*nanos),
        Val::Timestamp(time) => time.to_string(),
        Val::Type(name) => (*name).to_owned(),
        Val::Ip(address) => address.to_string(),
        Val::Cidr(block) => block.to_string(),
        _ => return None,
    })
}

/// A number as Go's `%g` writes it: `100000`, `1e+06`.
pub(crate) fn double_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
