//! Semantic versions.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

/// A semantic version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Semver {
    major: u64,
    minor: u64,
    patch: u64,
    before: Vec<String>,
}

impl Semver {
    /// Precedence; builds do not count.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = |version: &Semver| (version.major, version.minor, version.patch);
        numbers(self).cmp(&numbers(other)).then_with(|| {
            match (self.before.is_empty(), other.before.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => before_order(&self.before, &other.before),
            }
        })
    }
}

fn before_order(one: &[String], other: &[String]) -> Ordering {
    for (one, other) in one.iter().zip(other) {
        let order = match (one.parse::<u64>(), other.parse::<u64>()) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => one.cmp(other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    one.len().cmp(&other.len())
}

fn number(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain && digits)
}

fn identifiers(text: &str, numbers: bool) -> Option<Vec<String>> {
    text.split('.')
        .map(|part| {
            let good = !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let zero = numbers
                && part.len() > 1
                && part.starts_with('0')
                && part.bytes().all(|byte| byte.is_ascii_digit());
            (good && !zero).then(|| part.to_owned())
        })
        .collect()
}

fn parse(text: &str) -> Option<Semver> {
    let (rest, build) = match text.split_once('+') {
        Some((rest, build)) => (rest, Some(build)),
        None => (text, None),
    };
    if let Some(build) = build {
        identifiers(build, false)?;
    }
    let (numbers, before) = match rest.split_once('-') {
        Some((numbers, before)) => (numbers, identifiers(before, true)?),
        None => (rest, Vec::new()),
    };
    let mut parts = numbers.split('.');
    let version = Semver {
        major: number(parts.next()?)?,
        minor: number(parts.next()?)?,
        patch: number(parts.next()?)?,
        before,
    };
    parts.next().is_none().then_some(version)
}

/// Without a leading `v` and leading zeros, and with three numbers.
fn normalized(text: &str) -> Option<Semver> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = text.splitn(3, '.').map(str::to_owned).collect();
    for part in &mut parts {
        if part.len() > 1 {
            let trimmed = part.trim_start_matches('0');
            *part = if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
                trimmed.to_owned()
            } else {
                format!("0{trimmed}")
            };
        }
    }
    if parts.len() < 3 {
        if parts.last()?.contains(['+', '-']) {
            return None;
        }
        parts.resize(3, "0".to_owned());
    }
    parse(&parts.join("."))
}

fn read(call: &Call<'_>) -> Result<Option<Semver>, Failure> {
    let text = call.text(0)?;
    match call.args.get(1) {
        None | Some(Val::Bool(false)) => Ok(parse(text)),
        Some(Val::Bool(true)) => Ok(normalized(text)),
        Some(_) => Err(Failure::NoOverload),
    }
}

fn part(call: &Call<'_>, part: fn(&Semver) -> u64) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Semver(version) => Ok(Val::Int(i64::try_from(part(version)).unwrap_or(i64::MAX))),
        _ => Err(Failure::NoOverload),
    }
}

/// What the API server says of a text that is no version, as far as its first parts go.
fn reason(text: &str) -> &'static str {
    if text.is_empty() {
        "Version string empty"
    } else if text.splitn(3, '.').count() < 3 {
        "No Major.Minor.Patch elements found"
    } else {
        "no semantic version"
    }
}

pub(crate) const FUNCTIONS: &[Function] = &[
    global("semver", 1, 2, |call| match read(call)? {
        Some(version) => Ok(Val::Semver(Arc::new(version))),
        None => fail(reason(call.text(0)?)),
    }),
    global("isSemver", 1, 2, |call| {
        Ok(Val::Bool(read(call)?.is_some()))
    }),
    member("major", 0, 0, |call| part(call, |version| version.major)),
    member("minor", 0, 0, |call| part(call, |version| version.minor)),
    member("patch", 0, 0, |call| part(call, |version| version.patch)),
];
