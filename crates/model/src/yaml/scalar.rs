//! Scalars as goyaml v2 resolves them and as sigs.k8s.io/yaml turns them into JSON.
//!
//! The order of attempts is goyaml's `resolve`: words, then integers in Go's own syntax (so `0o17` and
//! `017` are both octal), then floats; what is nothing else is a string. Timestamps stay strings.

use std::borrow::Cow;

use crate::value::{Number, Value};
use saphyr_parser::{ScalarStyle, Tag};

const CORE: &str = "tag:yaml.org,2002:";

/// A resolved scalar, before it becomes a JSON value or a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// Too large for `Int`.
    Unsigned(u64),
    Float(f64),
    Text(Cow<'t, str>),
}

/// Why a scalar cannot be what it should be: what stands there, and what to write.
pub(super) struct Refused {
    pub(super) found: String,
    pub(super) expected: &'static str,
}

impl<'t> Scalar<'t> {
    /// Resolves a scalar from its text, its quotes and its tag.
    pub(super) fn resolve(
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
    ) -> Result<Self, Refused> {
        let Some(tag) = tag else {
            return Ok(match style {
                ScalarStyle::Plain => plain(&text).unwrap_or(Scalar::Text(text)),
                _ => Scalar::Text(text),
            });
        };
        let wanted = match core_type(tag) {
            Some("binary") => return binary(&text),
            Some(wanted @ ("int" | "float" | "bool" | "null")) => wanted,
            _ => return Ok(Scalar::Text(text)),
        };
        let resolved = plain(&text).unwrap_or(Scalar::Text(Cow::Borrowed("")));
        match (wanted, resolved) {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a float is what the tag asks for"
            )]
            ("float", Scalar::Int(value)) => Ok(Scalar::Float(value as f64)),
            ("float", value @ Scalar::Float(_))
            | ("int", value @ (Scalar::Int(_) | Scalar::Unsigned(_)))
            | ("bool", value @ Scalar::Bool(_))
            | ("null", value @ Scalar::Null) => Ok(value),
            _ => Err(Refused {
                found: format!("found {text:?} with the tag !!{wanted}"),
                expected: "write a value of that type, or remove the tag",
            }),
        }
    }

    /// The JSON value; JSON has no infinity and no NaN.
    pub(super) fn into_value(self) -> Result<Value, Refused> {
        Ok(match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::Int(value) => Value::from(value),
            Scalar::Unsigned(value) => Value::from(value),
            Scalar::Float(value) => Value::Number(through_json(value)?),
            Scalar::Text(text) => Value::from(&*text),
        })
    }

    /// The JSON key, by the rules of sigs.k8s.io/yaml.
    pub(super) fn into_key(self) -> Result<Cow<'t, str>, Refused> {
        match self {
            Scalar::Text(text) => Ok(text),
            Scalar::Bool(value) => Ok(Cow::Borrowed(if value { "true" } else { "false" })),
            Scalar::Int(value) => Ok(Cow::Owned(value.to_string())),
            Scalar::Float(value) => Ok(Cow::Owned(float_key(value))),
            Scalar::Null => Err(Refused {
                found: "found a map key that is empty or null".to_owned(),
                expected: "write a key before the colon, or put quotes around it",
            }),
            Scalar::Unsigned(value) => Err(Refused {
                found: format!("found the number {value} as a map key"),
                expected: "put quotes around it",
            }),
        }
    }
}

/// True for the key `<<` that merges other maps into its own.
pub(super) fn is_merge(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    text == "<<"
        && match tag {
            None => style == ScalarStyle::Plain,
            Some(tag) => core_type(tag) == Some("merge"),
        }
}

/// `int` of `!!int`; nothing for local tags such as `!vault`, which Kubernetes ignores.
fn core_type(tag: &Tag) -> Option<&str> {
    match tag.handle.as_str() {
        CORE => Some(&tag.suffix),
        "" => tag.suffix.strip_prefix(CORE),
        _ => None,
    }
}

/// What an unquoted scalar means; none if it is text.
fn plain(text: &str) -> Option<Scalar<'static>> {
    match text.as_bytes().first() {
        None => Some(Scalar::Null),
        Some(b'0'..=b'9' | b'+' | b'-') => word(text).or_else(|| number(text)),
        // Here goyaml leaves the underscores to Go's ParseFloat, which wants them between digits.
        Some(b'.') => word(text).or_else(|| match text.contains('_') {
            false => float(text),
            true if separates_digits(text) => float(&text.replace('_', "")),
            true => None,
        }),
        Some(b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => {
            word(text)
        }
        Some(_) => None,
    }
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(text: &str) -> Option<Scalar<'static>> {
    let digits: Cow<str> = if text.contains('_') {
        text.replace('_', "").into()
    } else {
        text.into()
    };
    integer(&digits).or_else(|| float(&digits))
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Scalar::Int);
    }
    Some(i64::try_from(magnitude).map_or(Scalar::Unsigned(magnitude), Scalar::Int))
}

/// A decimal float; one that is out of range is text.
fn float(text: &str) -> Option<Scalar<'static>> {
    // Rust's parser also knows words such as `infinity`, which YAML reads as text.
    let is_decimal = text
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = if is_decimal {
        text.parse().ok()?
    } else {
        return None;
    };
    value.is_finite().then_some(Scalar::Float(value))
}

fn separates_digits(text: &str) -> bool {
    let is_digit = |part: Option<u8>| part.is_some_and(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('_').collect();
    parts
        .windows(2)
        .all(|pair| is_digit(pair[0].bytes().next_back()) && is_digit(pair[1].bytes().next()))
}

/// Go writes 2.0 as `2` and 1e3 as `1000`, and reads the integers back as such.
fn through_json(value: f64) -> Result<Number, Refused> {
    if value.fract() == 0.0
        && value.abs() < 1e21
        && let Ok(integer) = value.to_string().parse::<i64>()
    {
        return Ok(integer.into());
    }
    Number::from_f64(value).ok_or_else(|| Refused {
        found: "found a number that JSON cannot hold (.inf or .nan)".to_owned(),
        expected: "write a finite number, or put quotes around it",
    })
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`, which is what keys go through.
fn float_key(value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "keys are written in single precision"
    )]
    let value = value as f32;
    if value.is_nan() {
        return ".nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if (-4..6).contains(&exponent) => value.to_string(),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        Err(_) => scientific,
    }
}

/// The text that `!!binary` holds; Go writes bytes that are not UTF-8 as U+FFFD.
fn binary(text: &str) -> Result<Scalar<'static>, Refused> {
    let bytes = base64(text).ok_or_else(|| Refused {
        found: "found text with the tag !!binary that is not base64".to_owned(),
        expected: "write base64 with its padding, or remove the tag",
    })?;
    Ok(Scalar::Text(
        String::from_utf8_lossy(&bytes).into_owned().into(),
    ))
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols
        .iter()
        .rev()
        .take_while(|&&symbol| symbol == b'=')
        .count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    for group in symbols[..symbols.len() - padding].chunks(4) {
        let mut bits = 0u32;
        for &symbol in group {
            let value = match symbol {
                b'A'..=b'Z' => symbol - b'A',
                b'a'..=b'z' => symbol - b'a' + 26,
                b'0'..=b'9' => symbol - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}
