//! When two ways of writing are the same value: amounts, durations, numbers as texts, bytes, moments.

use catseye_model::{Quantity, Value};
use jiff::Timestamp;

use crate::schema::Node;

/// True when two leaves of this form say the same.
pub(crate) fn same(node: &Node, one: &Value, other: &Value) -> bool {
    one == other || same_number(one, other) || same_written(node, one, other)
}

fn same_written(node: &Node, one: &Value, other: &Value) -> bool {
    match node {
        Node::Quantity => both(Quantity::of, one, other),
        Node::Duration => both(nanoseconds, one, other),
        Node::IntOrString => both(number, one, other),
        Node::Base64 => both(bytes, one, other),
        Node::Time => both(moment, one, other),
        _ => false,
    }
}

/// True when both can be read as such, and are equal.
fn both<T: PartialEq>(read: impl Fn(&Value) -> Option<T>, one: &Value, other: &Value) -> bool {
    read(one).is_some_and(|value| read(other) == Some(value))
}

/// `1` and `1.0` are one number to the API server.
fn same_number(one: &Value, other: &Value) -> bool {
    one.is_number() && other.is_number() && one.as_f64() == other.as_f64()
}

/// A whole number, as a number or as a text. The API server keeps the two apart where they matter (a
/// text is a name or a percentage), but people quote numbers, and the component then reads the number.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let number: i64 = text.parse().ok()?;
            (number.to_string() == text.as_str()).then_some(number)
        }
        _ => None,
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// Base64 without what line breaks add.
fn bytes(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(text.chars().filter(|c| !c.is_ascii_whitespace()).collect())
}

/// A duration as Go writes it (`1h15m30.918s`), in nanoseconds.
pub(crate) fn nanoseconds(value: &Value) -> Option<i128> {
    let text = value.as_str()?;
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, after) = rest.split_at(end);
        let end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        // Digits finer than a nanosecond are cut off, as Go does.
        total = total.checked_add(fraction_of(fraction, unit)?)?;
        rest = after;
    }
    Some(if negative { -total } else { total })
}

/// `unit` times `0.DIGITS`, cut off below one.
fn fraction_of(digits: &str, unit: i128) -> Option<i128> {
    let digits = &digits[..digits.len().min(18)];
    if digits.is_empty() {
        return Some(0);
    }
    let power = 10_i128.pow(u32::try_from(digits.len()).ok()?);
    Some(digits.parse::<i128>().ok()?.checked_mul(unit)? / power)
}

#[cfg(test)]
mod tests {
    use catseye_model::json;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ways_of_writing_one_value_are_the_same() {
        for (node, one, other, expected) in [
            (Node::Quantity, json!("1000m"), json!(1), true),
            (Node::Quantity, json!("1Gi"), json!("1G"), false),
            (Node::Quantity, json!("1Gi"), json!("1024Mi"), true),
            (Node::Quantity, json!("0.5"), json!("500m"), true),
            (Node::Plain, json!("1000m"), json!("1"), false),
            (Node::Duration, json!("1m30s"), json!("90s"), true),
            (Node::Duration, json!("1.5h"), json!("1h30m0s"), true),
            (Node::Duration, json!("90"), json!("90s"), false),
            (Node::IntOrString, json!("80"), json!(80), true),
            (Node::IntOrString, json!("25%"), json!(25), false),
            (Node::IntOrString, json!("080"), json!(80), false),
            (Node::Base64, json!("aGk=\n"), json!("aGk="), true),
            (
                Node::Time,
                json!("2026-11-21T01:00:00+01:00"),
                json!("2026-11-21T00:00:00Z"),
                true,
            ),
            (Node::Plain, json!(1), json!(1.0), true),
        ] {
            assert_eq!(same(&node, &one, &other), expected, "{one} {other}");
        }
    }

    proptest! {
        /// Naive: every duration written by one unit of nanoseconds.
        #[test]
        fn a_duration_is_the_sum_of_its_parts(h in 0..400_i128, m in 0..120_i128, s in 0..120_i128, ms in 0..2000_i128) {
            let written = json!(format!("{h}h{m}m{s}s{ms}ms"));
            let nanos = ((h * 60 + m) * 60 + s) * 1_000_000_000 + ms * 1_000_000;
            prop_assert_eq!(nanoseconds(&written), Some(nanos));
            let naive = json!(format!("{nanos}ns"));
            prop_assert!(same(&Node::Duration, &written, &naive));
            let longer = json!(format!("{}ns", nanos + 1));
            prop_assert!(!same(&Node::Duration, &written, &longer));
        }

        /// Naive: amounts compared after multiplying out the suffix by hand.
        #[test]
        fn amounts_are_the_same_exactly_when_they_amount_to_the_same(
            one in 0..5000_i128, other in 0..5000_i128,
            suffixes in proptest::sample::subsequence(vec![("", 1_000_i128), ("m", 1), ("k", 1_000_000), ("Ki", 1_024_000), ("Mi", 1_048_576_000)], 2),
        ) {
            let (left, right) = (suffixes[0], suffixes[1]);
            let (one_text, other_text) = (json!(format!("{one}{}", left.0)), json!(format!("{other}{}", right.0)));
            let expected = one * left.1 == other * right.1;
            prop_assert_eq!(same(&Node::Quantity, &one_text, &other_text), expected);
        }

        #[test]
        fn a_number_is_the_same_as_its_text_and_as_no_other(one in -70000_i64..70000, other in -70000_i64..70000) {
            let text = json!(one.to_string());
            prop_assert!(same(&Node::IntOrString, &json!(one), &text));
            prop_assert_eq!(same(&Node::IntOrString, &json!(other), &text), one == other);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = nanoseconds(&json!(text));
        }
    }
}
