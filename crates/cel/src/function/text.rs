//! Functions of texts: the standard ones and the strings library, version 2.

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

pub(crate) const FUNCTIONS: &[Function] = &[
    member("contains", 1, 1, contains),
    member("startsWith", 1, 1, |call| {
        Ok(Val::Bool(call.text(0)?.starts_with(call.text(1)?)))
    }),
    member("endsWith", 1, 1, |call| {
        Ok(Val::Bool(call.text(0)?.ends_with(call.text(1)?)))
    }),
    member("charAt", 1, 1, char_at),
    member("lowerAscii", 0, 0, |call| {
        call.made(call.text(0)?.to_ascii_lowercase())
    }),
    member("upperAscii", 0, 0, |call| {
        call.made(call.text(0)?.to_ascii_uppercase())
    }),
    member("trim", 0, 0, |call| call.made(call.text(0)?.trim())),
    member("replace", 2, 3, replace),
    member("split", 1, 2, split),
    member("substring", 1, 2, substring),
    member("join", 0, 1, join),
    member("format", 1, 1, super::format::run),
    global("strings.quote", 1, 1, quote),
    global("jsonpatch.escapeKey", 1, 1, |call| {
        call.made(call.text(0)?.replace('~', "~0").replace('/', "~1"))
    }),
];

fn contains(call: &Call<'_>) -> Result<Val, Failure> {
    Ok(Val::Bool(call.text(0)?.contains(call.text(1)?)))
}

fn char_at(call: &Call<'_>) -> Result<Val, Failure> {
    let (text, place) = (call.text(0)?, call.int(1)?);
    let count = text.chars().count();
    match usize::try_from(place) {
        Ok(place) if place < count => {
            let found = text.chars().nth(place).map(String::from);
            Ok(Val::text(found.unwrap_or_default()))
        }
        Ok(place) if place == count => Ok(Val::text("")),
        _ => fail(format!("index out of range: {place}")),
    }
}

fn replace(call: &Call<'_>) -> Result<Val, Failure> {
    let (text, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let limit = match call.args.get(3) {
        Some(_) => usize::try_from(call.int(3)?).ok(),
        None => None,
    };
    let hits = if from.is_empty() {
        text.chars().count() + 1
    } else {
        text.matches(from).count()
    };
    let hits = limit.map_or(hits, |limit| hits.min(limit));
    // Counted before it is made.
    call.budget
        .make(text.len().saturating_add(hits.saturating_mul(to.len())))?;
    Ok(Val::text(text.replacen(from, to, hits)))
}

fn split(call: &Call<'_>) -> Result<Val, Failure> {
    let (text, by) = (call.text(0)?, call.text(1)?);
    let limit = match call.args.get(2) {
        Some(_) => usize::try_from(call.int(2)?).ok(),
        None => None,
    };
    call.budget.make(text.len() * 2)?;
    let parts: Vec<Val> = match (limit, by.is_empty()) {
        (Some(0), _) => Vec::new(),
        (limit, true) => {
            let count = text.chars().count();
            let limit = limit.unwrap_or(count).min(count);
            let mut parts: Vec<Val> = Vec::with_capacity(limit);
            let mut rest = text;
            while parts.len() + 1 < limit {
                let end = rest.chars().next().map_or(0, char::len_utf8);
                parts.push(Val::text(&rest[..end]));
                rest = &rest[end..];
            }
            if !rest.is_empty() {
                parts.push(Val::text(rest));
            }
            parts
        }
        (Some(limit), false) => text.splitn(limit, by).map(Val::text).collect(),
        (None, false) => text.split(by).map(Val::text).collect(),
    };
    call.made_list(parts)
}

fn substring(call: &Call<'_>) -> Result<Val, Failure> {
    let text = call.text(0)?;
    let count = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let start = call.int(1)?;
    let end = match call.args.get(2) {
        Some(_) => call.int(2)?,
        None => count,
    };
    if call.args.len() == 3 && start > end {
        return fail(format!(
            "invalid substring range. start: {start}, end: {end}"
        ));
    }
    for bound in [start, end] {
        if !(0..=count).contains(&bound) {
            return fail(format!("index out of range: {bound}"));
        }
    }
    let from = usize::try_from(start).unwrap_or(0);
    let length = usize::try_from(end - start).unwrap_or(0);
    call.made(text.chars().skip(from).take(length).collect::<String>())
}

fn join(call: &Call<'_>) -> Result<Val, Failure> {
    let by = match call.args.get(1) {
        Some(_) => call.text(1)?,
        None => "",
    };
    let members = call.list(0)?;
    let mut length = by.len().saturating_mul(members.len());
    let mut parts = Vec::with_capacity(members.len());
    for member in &members {
        let part = member.as_str().ok_or(Failure::NoOverload)?;
        length = length.saturating_add(part.len());
        parts.push(part);
    }
    call.budget.make(length)?;
    Ok(Val::text(parts.join(by)))
}

fn quote(call: &Call<'_>) -> Result<Val, Failure> {
    let text = call.text(0)?;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    call.made(quoted)
}
