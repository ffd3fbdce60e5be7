//! `'%s …'.format([…])`.

use std::fmt::Write as _;

use super::{Call, Failure, fail};
use crate::value::Val;

pub(crate) fn run(call: &Call<'_>) -> Result<Val, Failure> {
    let pattern = call.text(0)?;
    let args = call.list(1)?;
    let mut made = String::new();
    let mut next = args.iter();
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '%' {
            made.push(c);
            continue;
        }
        if characters.next_if_eq(&'%').is_some() {
            made.push('%');
            continue;
        }
        let mut precision = None;
        if characters.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            match digits.parse::<usize>() {
                Ok(wanted) if wanted <= 1000 => precision = Some(wanted),
                _ => return fail("could not parse formatting clause: bad precision"),
            }
        }
        let Some(verb) = characters.next() else {
            return fail("could not parse formatting clause: unexpected end of string");
        };
        let Some(value) = next.next() else {
            return fail(format!("index {} out of range", args.len()));
        };
        let before = made.len();
        write_value(&mut made, verb, precision, value)?;
        call.budget.make(made.len() - before)?;
    }
    call.budget.make(pattern.len())?;
    Ok(Val::text(made))
}

fn write_value(
    made: &mut String,
    verb: char,
    precision: Option<usize>,
    value: &Val,
) -> Result<(), Failure> {
    let wrong = || {
        fail(format!(
            "error during formatting: %{verb} does not take {}",
            value.type_name()
        ))
    };
    let written = match (verb, value) {
        ('s', value) => return show(made, value),
        ('d', Val::Int(number)) => write!(made, "{number}"),
        ('d', Val::UInt(number)) => write!(made, "{number}"),
        ('f', Val::Double(number)) => {
            grouped(made, &format!("{number:.*}", precision.unwrap_or(6)));
            Ok(())
        }
        ('f', Val::Int(number)) => {
            let zeros = "0".repeat(precision.unwrap_or(6));
            let point = if zeros.is_empty() { "" } else { "." };
            grouped(made, &format!("{number}{point}{zeros}"));
            Ok(())
        }
        ('e', Val::Double(number)) => {
            let text = format!("{number:.*e}", digits(precision));
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            // The API server writes numbers as people of its locale do: `1.234500×10⁰³`.
            write!(made, "{mantissa}×10").map(|()| superscript(made, exponent))
        }
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
        ('d' | 'f' | 'e' | 'b' | 'o' | 'x' | 'X', _) => return wrong(),
        _ => {
            return fail(format!(
                "could not parse formatting clause: unrecognized formatting clause \"{verb}\""
            ));
        }
    };
    // Writing to a String does not fail.
    written.or_else(|_| fail("could not format"))
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
    // Bounds what nested values may write.
    if made.len() > 1 << 20 {
        return Err(Failure::Spent);
    }
    if let Val::Null = value {
        made.push_str("null");
    } else if let Val::Bytes(bytes) = value {
        made.push_str(&String::from_utf8_lossy(bytes));
    } else if let Some(members) = value.members() {
        made.push('[');
        for (place, member) in members.iter().enumerate() {
            if place > 0 {
                made.push_str(", ");
            }
            show(made, member)?;
        }
        made.push(']');
    } else if let Some(entries) = value.entries() {
        made.push('{');
        for (place, (key, value)) in entries.iter().enumerate() {
            if place > 0 {
                made.push_str(", ");
            }
            show(made, key)?;
            made.push_str(": ");
            show(made, value)?;
        }
        made.push('}');
    } else if let Some(text) = super::conversion::shown(value) {
        made.push_str(&text);
    } else {
        return fail(format!(
            "error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given {}",
            value.type_name()
        ));
    }
    Ok(())
}
