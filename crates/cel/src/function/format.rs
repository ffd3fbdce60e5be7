//! `'%s …'.format([…])`.

use std::fmt::Write as _;

use super::{Call, Failure, fail};
use crate::value::Val;

/// A part of a pattern.
pub(crate) enum Piece {
    Text(String),
    Clause {
        verb: char,
        precision: Option<usize>,
    },
    /// No clause, and why.
    Broken(String),
}

/// The parts of a pattern, up to the first that is broken.
pub(crate) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        if characters.next_if_eq(&'%').is_some() {
            text.push('%');
            continue;
        }
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        let mut precision = None;
        if characters.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            let broken = match digits.parse::<usize>() {
                _ if characters.peek().is_none() => "could not find end of precision specifier",
                Ok(wanted) if wanted <= 1000 => {
                    precision = Some(wanted);
                    ""
                }
                _ => "bad precision",
            };
            if !broken.is_empty() {
                pieces.push(Piece::Broken(format!(
                    "could not parse formatting clause: error while parsing precision: {broken}"
                )));
                return pieces;
            }
        }
        pieces.push(match characters.next() {
            None => Piece::Broken("unexpected end of string".to_owned()),
            Some(verb) if "sdfeboxX".contains(verb) => Piece::Clause { verb, precision },
            Some(verb) => Piece::Broken(format!(
                "could not parse formatting clause: unrecognized formatting clause \"{verb}\""
            )),
        });
        if matches!(pieces.last(), Some(Piece::Broken(_))) {
            return pieces;
        }
    }
    pieces.push(Piece::Text(text));
    pieces
}

/// What a verb says of a value that it does not take.
pub(crate) fn refusal(verb: char, kind: &str) -> String {
    let words = match verb {
        'd' => "decimal clause can only be used on integers",
        'f' => "fixed-point clause can only be used on doubles",
        'e' => "scientific clause can only be used on doubles",
        'b' => "only integers and bools can be formatted as binary",
        'o' => "octal clause can only be used on integers",
        'x' | 'X' => "only integers, byte buffers, and strings can be formatted as hex",
        _ => {
            "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
        }
    };
    format!("error during formatting: {words}, was given {kind}")
}

pub(crate) fn run(call: &Call<'_>) -> Result<Val, Failure> {
    let pattern = call.text(0)?;
    let args = call.list(1)?;
    let mut made = String::new();
    let mut next = args.iter();
    for piece in pieces(pattern) {
        let before = made.len();
        match piece {
            Piece::Text(text) => made.push_str(&text),
            Piece::Broken(message) => return fail(message),
            Piece::Clause { verb, precision } => {
                let Some(value) = next.next() else {
                    return fail(format!("index {} out of range", args.len()));
                };
                write_value(&mut made, verb, precision, value)?;
            }
        }
        call.budget.make(made.len() - before)?;
    }
    Ok(Val::text(made))
}

fn write_value(
    made: &mut String,
    verb: char,
    precision: Option<usize>,
    value: &Val,
) -> Result<(), Failure> {
    let number = match (verb, value) {
        ('f' | 'e', Val::Double(number)) => Some(*number),
        ('f' | 'e', Val::Text(text)) => match &**text {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    };
    if let Some(number) = number {
        floating(made, verb, precision, number);
        return Ok(());
    }
    let written = match (verb, value) {
        ('s', value) => return show(made, value),
        ('d', Val::Int(number)) => write!(made, "{number}"),
        ('d', Val::UInt(number)) => write!(made, "{number}"),
        ('b', Val::Int(number)) => signed(made, *number, |number| format!("{number:b}")),
        ('b', Val::UInt(number)) => write!(made, "{number:b}"),
        ('b', Val::Bool(value)) => write!(made, "{}", u8::from(*value)),
        ('o', Val::Int(number)) => signed(made, *number, |number| format!("{number:o}")),
        ('o', Val::UInt(number)) => write!(made, "{number:o}"),
        ('x', Val::Int(number)) => signed(made, *number, |number| format!("{number:x}")),
        ('X', Val::Int(number)) => signed(made, *number, |number| format!("{number:X}")),
        ('x', Val::UInt(number)) => write!(made, "{number:x}"),
        ('X', Val::UInt(number)) => write!(made, "{number:X}"),
        ('x' | 'X', Val::Text(text)) => hex(made, text.as_bytes(), verb),
        ('x' | 'X', Val::Bytes(bytes)) => hex(made, bytes, verb),
        _ => return fail(refusal(verb, value.type_name())),
    };
    // Writing to a String does not fail.
    written.or_else(|_| fail("could not format"))
}

/// A number as the API server writes it, for people of its locale: `1,234.5`, `1.234500×10⁰³`, `∞`.
fn floating(made: &mut String, verb: char, precision: Option<usize>, number: f64) {
    if number.is_nan() {
        made.push_str("NaN");
    } else if number.is_infinite() {
        made.push_str(if number > 0.0 { "∞" } else { "-∞" });
    } else if verb == 'f' {
        grouped(made, &format!("{number:.*}", precision.unwrap_or(6)));
    } else {
        // Nothing has six digits whatever was asked for.
        let digits = if number == 0.0 { 6 } else { digits(precision) };
        let text = format!("{number:.digits$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        made.push_str(mantissa);
        made.push_str("×10");
        superscript(made, exponent.parse().unwrap_or(0));
    }
}

/// Digits after the point of `%e`, where none asked for is the same as none said.
fn digits(precision: Option<usize>) -> usize {
    precision.filter(|digits| *digits > 0).unwrap_or(6)
}

/// A number with a comma between thousands, as the API server writes it: `1,234,567.5`.
fn grouped(made: &mut String, number: &str) {
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    made.push_str(sign);
    let whole = number.find('.').unwrap_or(number.len());
    for (place, digit) in number.char_indices() {
        let is_digit = number.starts_with(|first: char| first.is_ascii_digit());
        if is_digit && place > 0 && place < whole && (whole - place).is_multiple_of(3) {
            made.push(',');
        }
        made.push(digit);
    }
}

/// At least two digits, raised.
fn superscript(made: &mut String, exponent: i32) {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if exponent < 0 {
        made.push('⁻');
    }
    for digit in format!("{:02}", exponent.unsigned_abs()).chars() {
        made.extend(digit.to_digit(10).map(|digit| RAISED[digit as usize]));
    }
}

fn signed(made: &mut String, number: i64, digits: fn(u64) -> String) -> std::fmt::Result {
    if number < 0 {
        made.push('-');
    }
    made.write_str(&digits(number.unsigned_abs()))
}

fn hex(made: &mut String, bytes: &[u8], verb: char) -> std::fmt::Result {
    for byte in bytes {
        if verb == 'x' {
            write!(made, "{byte:02x}")?;
        } else {
            write!(made, "{byte:02X}")?;
        }
    }
    Ok(())
}

/// A value as `%s` writes it.
fn show(made: &mut String, value: &Val) -> Result<(), Failure> {
    match value {
        Val::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => made.push_str(text),
            Err(_) => return fail("invalid UTF-8 in bytes, cannot convert to string"),
        },
        Val::Ip(_) | Val::Cidr(_) => return fail(refusal('s', value.type_name())),
        _ => match super::conversion::shown(value) {
            Some(text) => made.push_str(&text),
            None => return show_nested(made, value),
        },
    }
    Ok(())
}

/// A value within another one, written as the language would.
fn show_nested(made: &mut String, value: &Val) -> Result<(), Failure> {
    // Bounds what nested values may write.
    if made.len() > 1 << 20 {
        return Err(Failure::Spent);
    }
    match value {
        Val::Null => made.push_str("null"),
        Val::Text(text) => quoted(made, text),
        Val::Bytes(bytes) => {
            made.push('b');
            quoted(made, &String::from_utf8_lossy(bytes));
        }
        Val::Double(number) if number.is_nan() => made.push_str("\"NaN\""),
        Val::Double(number) if number.is_infinite() => {
            made.push_str(if *number > 0.0 {
                "\"+Inf\""
            } else {
                "\"-Inf\""
            });
        }
        Val::Double(number) => {
            // Writing to a string cannot fail.
            let _ = write!(made, "{number:.6}");
        }
        Val::Timestamp(_) | Val::Duration(_) => {
            made.push_str(if matches!(value, Val::Duration(_)) {
                "duration("
            } else {
                "timestamp("
            });
            quoted(made, &super::conversion::shown(value).unwrap_or_default());
            made.push(')');
        }
        Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Type(_) => {
            made.push_str(&super::conversion::shown(value).unwrap_or_default());
        }
        _ => return show_members(made, value),
    }
    Ok(())
}

fn show_members(made: &mut String, value: &Val) -> Result<(), Failure> {
    if let Some(members) = value.members() {
        made.push('[');
        for (place, member) in members.iter().enumerate() {
            if place > 0 {
                made.push_str(", ");
            }
            show_nested(made, member)?;
        }
        made.push(']');
        return Ok(());
    }
    let Some(entries) = value.entries() else {
        return fail(refusal('s', value.type_name()));
    };
    let mut written = Vec::with_capacity(entries.len());
    for (key, value) in &entries {
        let mut name = String::new();
        show_nested(&mut name, key)?;
        written.push((name, value));
    }
    written.sort_by(|one, other| one.0.cmp(&other.0));
    made.push('{');
    for (place, (name, value)) in written.iter().enumerate() {
        if place > 0 {
            made.push_str(", ");
        }
        made.push_str(name);
        made.push(':');
        show_nested(made, value)?;
    }
    made.push('}');
    Ok(())
}

/// A text as Go quotes it.
fn quoted(made: &mut String, text: &str) {
    made.push('"');
    for c in text.chars() {
        match c {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            '\u{7}' => made.push_str("\\a"),
            '\u{8}' => made.push_str("\\b"),
            '\u{b}' => made.push_str("\\v"),
            '\u{c}' => made.push_str("\\f"),
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => {
                let _ = write!(made, "\\x{:02x}", u32::from(c));
            }
            c => made.push(c),
        }
    }
    made.push('"');
}
