//! Kubernetes quantities (`250m`, `1.5Gi`, `2e3`), exact.
//!
//! Syntax and rounding follow `k8s.io/apimachinery/pkg/api/resource`: decimal and binary suffixes,
//! exponents, and anything finer than a nano-unit rounded away from zero.

use std::str::FromStr;

use crate::Value;

/// An exact amount, held in nano-units (10⁻⁹).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    nanos: i128,
}

/// Text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a quantity: write a number with an optional suffix such as 250m, 1.5Gi or 2e3"
)]
pub struct InvalidQuantity(String);

const NANOS: i128 = 1_000_000_000;

/// What more than this is written with a binary suffix is this, as the API server has it.
const LARGEST_BINARY: i128 = i64::MAX as i128 * NANOS;

impl Quantity {
    /// Nothing.
    pub const ZERO: Quantity = Quantity { nanos: 0 };

    /// A whole number of units.
    pub const fn whole(units: i64) -> Self {
        Quantity {
            nanos: units as i128 * NANOS,
        }
    }

    /// So many nano-units.
    pub const fn of_nanos(nanos: i128) -> Self {
        Quantity { nanos }
    }

    /// The amount in nano-units.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// True for an amount of zero.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Reads a JSON string or number, as the API server accepts both.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }
}

impl FromStr for Quantity {
    type Err = InvalidQuantity;

    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        parse(text)
            .map(|nanos| Quantity { nanos })
            .ok_or_else(|| InvalidQuantity(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let number_end = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(number_end);
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (integer.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let (base, exponent) = suffix_scale(suffix)?;

    // digits × base^exponent ÷ 10^fraction-length, in nano-units; the division rounds up.
    let mut digits: i128 = 0;
    for digit in integer.bytes().chain(fraction.bytes()) {
        digits = digits
            .checked_mul(10)?
            .checked_add(i128::from(digit - b'0'))?;
    }
    let mut divisor: i128 = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let mut value = digits.checked_mul(NANOS)?;
    let scale = i128::from(base).checked_pow(exponent.unsigned_abs())?;
    if exponent >= 0 {
        value = value.checked_mul(scale)?;
    } else {
        divisor = divisor.checked_mul(scale)?;
    }
    let mut nanos = value / divisor + i128::from(value % divisor != 0);
    if base == 1024 {
        nanos = nanos.min(LARGEST_BINARY);
    }
    Some(if negative { -nanos } else { nanos })
}

/// Base and power of a suffix.
fn suffix_scale(suffix: &str) -> Option<(i32, i32)> {
    Some(match suffix {
        "" => (10, 0),
        "n" => (10, -9),
        "u" => (10, -6),
        "m" => (10, -3),
        "k" => (10, 3),
        "M" => (10, 6),
        "G" => (10, 9),
        "T" => (10, 12),
        "P" => (10, 15),
        "E" => (10, 18),
        "Ki" => (1024, 1),
        "Mi" => (1024, 2),
        "Gi" => (1024, 3),
        "Ti" => (1024, 4),
        "Pi" => (1024, 5),
        "Ei" => (1024, 6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            (
                10,
                exponent
                    .parse()
                    .ok()
                    .filter(|power: &i32| power.abs() <= 24)?,
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_api_server_reads() {
        for (text, nanos) in [
            ("0", 0),
            ("1", NANOS),
            ("250m", NANOS / 4),
            ("0.25", NANOS / 4),
            ("1.5Gi", 1_610_612_736 * NANOS),
            ("2e3", 2_000 * NANOS),
            ("2E3", 2_000 * NANOS),
            ("12E", 12_000_000_000_000_000_000 * NANOS),
            (".5", NANOS / 2),
            ("5.", 5 * NANOS),
            ("-1k", -1_000 * NANOS),
            ("1n", 1),
            ("0.0000000001", 1),
        ] {
            assert_eq!(
                text.parse::<Quantity>().map(Quantity::nanos),
                Ok(nanos),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_the_api_server_refuses() {
        for text in [
            "", "-", ".", "1.2.3", "1K", "1gi", "e3", "1e", "1 Gi", "0x1", "1e99", "ten",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
    }

    /// The naive way: shift the decimal point digit by digit.
    fn naive(integer: &str, fraction: &str, shift: usize) -> i128 {
        let mut digits = format!("{integer}{fraction}");
        let mut point = integer.len() + shift + 9;
        while digits.len() < point {
            digits.push('0');
        }
        let lost = digits.split_off(point).bytes().any(|digit| digit != b'0');
        point = digits.len();
        let whole: i128 = digits[..point].parse().expect("digits");
        whole + i128::from(lost)
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_shifting_the_point(
            integer in "[0-9]{1,6}",
            fraction in "[0-9]{0,14}",
            suffix in proptest::sample::select(vec![("", 0), ("k", 3), ("M", 6), ("G", 9), ("e3", 3)]),
        ) {
            let text = format!("{integer}.{fraction}{}", suffix.0);
            let expected = naive(&integer, &fraction, suffix.1);
            proptest::prop_assert_eq!(text.parse::<Quantity>().map(Quantity::nanos), Ok(expected));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = text.parse::<Quantity>();
        }
    }
}
