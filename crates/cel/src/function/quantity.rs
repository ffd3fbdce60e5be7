//! Quantities: `quantity('1Gi')` and what can be asked of it.

use std::cmp::Ordering;

use catseye_model::Quantity;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

const NANOS: i128 = 1_000_000_000;

/// An amount, and how the API server holds it, which its integers depend on: `1000m` and `1.5Gi` are held
/// in other ways than `1` and are no integers to it, though they amount to whole numbers.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    quantity: Quantity,
    held: Held,
}

#[derive(Debug, Clone, Copy)]
enum Held {
    /// A number and a power of ten.
    Scaled(i64, i32),
    /// A decimal number of any size.
    Decimal,
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.quantity == other.quantity
    }
}

impl Amount {
    /// Reads an amount; the reason of the API server for what is none.
    fn read(text: &str) -> Result<Self, &'static str> {
        let Ok(quantity) = text.parse::<Quantity>() else {
            return Err(reason(text));
        };
        Ok(Amount {
            quantity,
            held: held(text).unwrap_or(Held::Decimal),
        })
    }

    fn integer(self) -> Option<i64> {
        match self.held {
            Held::Scaled(number, scale) => scaled(number, u32::try_from(scale).ok()?),
            Held::Decimal => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "approximate by name")]
    fn approximately(self) -> f64 {
        let (base, exponent) = match self.held {
            Held::Scaled(number, scale) => (number as f64, scale),
            Held::Decimal => (self.quantity.nanos() as f64, -9),
        };
        if exponent == 0 {
            base
        } else {
            base * power_of_ten(exponent)
        }
    }

    /// The sum, or the difference for a negated second.
    fn plus(self, other: Amount) -> Option<Amount> {
        let quantity =
            Quantity::of_nanos(self.quantity.nanos().checked_add(other.quantity.nanos())?);
        let held = match (self.held, other.held) {
            (Held::Scaled(..), Held::Scaled(0, _)) => self.held,
            (Held::Scaled(0, _), Held::Scaled(..)) => other.held,
            (Held::Scaled(one, one_scale), Held::Scaled(two, two_scale)) => {
                let finest = one_scale.min(two_scale);
                let at_finest =
                    |number, scale: i32| scaled(number, u32::try_from(scale - finest).ok()?);
                at_finest(one, one_scale)
                    .zip(at_finest(two, two_scale))
                    .and_then(|(one, two)| one.checked_add(two))
                    .map_or(Held::Decimal, |sum| Held::Scaled(sum, finest))
            }
            _ => Held::Decimal,
        };
        Some(Amount { quantity, held })
    }

    fn negated(self) -> Option<Amount> {
        Some(Amount {
            quantity: Quantity::of_nanos(self.quantity.nanos().checked_neg()?),
            held: match self.held {
                Held::Scaled(number, scale) => Held::Scaled(number.checked_neg()?, scale),
                Held::Decimal => Held::Decimal,
            },
        })
    }
}

/// A number with so many zeros more.
fn scaled(number: i64, zeros: u32) -> Option<i64> {
    number.checked_mul(10_i64.checked_pow(zeros)?)
}

fn power_of_ten(exponent: i32) -> f64 {
    // Read, not computed: the nearest number to the power.
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

/// How a text that is an amount is held: what has few digits as a scaled number.
fn held(text: &str) -> Option<Held> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
        .iter()
        .zip(1..)
        .find(|(name, _)| **name == suffix)
        .map(|(_, place)| place * 10);
    let (exponent, factor, room) = if let Some(power) = binary {
        if !fraction.is_empty() {
            return None;
        }
        let digits = 15 - length(whole) - power * 3 / 10 - 1;
        (0, 1_i64 << power, digits)
    } else {
        let exponent = match suffix {
            "n" => -9,
            "u" => -6,
            "m" => -3,
            "" => 0,
            "k" => 3,
            "M" => 6,
            "G" => 9,
            "T" => 12,
            "P" => 15,
            "E" => 18,
            other => other.get(1..)?.parse().ok()?,
        };
        (exponent, 1, 18 - length(whole) - length(fraction))
    };
    let scale = exponent - length(fraction);
    if room < 0 || scale < -9 {
        return None;
    }
    let number: i64 = format!("{whole}{fraction}").parse().ok()?;
    let number = number.checked_mul(factor)?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Some(Held::Scaled(sign * number, scale))
}

fn length(digits: &str) -> i32 {
    i32::try_from(digits.len()).unwrap_or(i32::MAX / 4)
}

/// What the API server says of a text that is no amount.
fn reason(text: &str) -> &'static str {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let rest = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let suffix = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let after = suffix.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let after = after.strip_prefix(['+', '-']).unwrap_or(after);
    if !text.is_empty() && after.chars().all(|c| c.is_ascii_digit()) {
        "unable to parse quantity's suffix"
    } else {
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    }
}

pub(crate) const FUNCTIONS: &[Function] = &[
    global("quantity", 1, 1, |call| match Amount::read(call.text(0)?) {
        Ok(amount) => Ok(Val::Quantity(amount)),
        Err(reason) => fail(reason),
    }),
    global("isQuantity", 1, 1, |call| {
        Ok(Val::Bool(Amount::read(call.text(0)?).is_ok()))
    }),
    // Not a method: the API server declares it as a function alone.
    global("sign", 1, 1, |call| {
        Ok(Val::Int(match of(call, 0)?.quantity.cmp(&Quantity::ZERO) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }))
    }),
    member("isInteger", 0, 0, |call| {
        Ok(Val::Bool(of(call, 0)?.integer().is_some()))
    }),
    member("asInteger", 0, 0, |call| match of(call, 0)?.integer() {
        Some(number) => Ok(Val::Int(number)),
        None => fail("cannot convert value to integer"),
    }),
    member("asApproximateFloat", 0, 0, |call| {
        Ok(Val::Double(of(call, 0)?.approximately()))
    }),
    member("add", 1, 1, |call| made(of(call, 0)?.plus(second(call)?))),
    member("sub", 1, 1, |call| {
        made(
            second(call)?
                .negated()
                .and_then(|other| of(call, 0).ok()?.plus(other)),
        )
    }),
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

fn of(call: &Call<'_>, place: usize) -> Result<Amount, Failure> {
    match &call.args[place] {
        Val::Quantity(amount) => Ok(*amount),
        _ => Err(Failure::NoOverload),
    }
}

/// What is added or taken away: an amount or an integer.
fn second(call: &Call<'_>) -> Result<Amount, Failure> {
    match &call.args[1] {
        Val::Quantity(amount) => Ok(*amount),
        Val::Int(number) => Ok(Amount {
            quantity: Quantity::of_nanos(i128::from(*number) * NANOS),
            held: Held::Scaled(*number, 0),
        }),
        _ => Err(Failure::NoOverload),
    }
}

fn made(amount: Option<Amount>) -> Result<Val, Failure> {
    amount.map_or_else(
        || fail("quantity overflow"),
        |amount| Ok(Val::Quantity(amount)),
    )
}

fn ordering(call: &Call<'_>) -> Result<Ordering, Failure> {
    match call.args {
        [Val::Quantity(one), Val::Quantity(other)] => Ok(one.quantity.cmp(&other.quantity)),
        [Val::Semver(one), Val::Semver(other)] => Ok(one.compare(other)),
        _ => Err(Failure::NoOverload),
    }
}
