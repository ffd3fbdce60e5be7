//! URLs as Go's `url.ParseRequestURI` reads them.

use std::sync::Arc;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::{Map, Val};

/// An absolute URL or an absolute path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    scheme: String,
    host: String,
    path: String,
    query: String,
}

pub(crate) const FUNCTIONS: &[Function] = &[
    global("url", 1, 1, |call| match parse(call.text(0)?) {
        Some(url) => Ok(Val::Url(Arc::new(url))),
        None => fail("URL parse error during conversion from string"),
    }),
    global("isURL", 1, 1, |call| {
        Ok(Val::Bool(parse(call.text(0)?).is_some()))
    }),
    member("getScheme", 0, 0, |call| call.made(&of(call)?.scheme)),
    member("getHost", 0, 0, |call| call.made(&of(call)?.host)),
    member("getHostname", 0, 0, |call| {
        let host = host_and_port(&of(call)?.host).0;
        call.made(host.trim_start_matches('[').trim_end_matches(']'))
    }),
    member("getPort", 0, 0, |call| {
        call.made(host_and_port(&of(call)?.host).1)
    }),
    member("getEscapedPath", 0, 0, |call| call.made(&of(call)?.path)),
    member("getQuery", 0, 0, query),
];

fn of<'a>(call: &'a Call<'_>) -> Result<&'a Url, Failure> {
    match &call.args[0] {
        Val::Url(url) => Ok(url),
        _ => Err(Failure::NoOverload),
    }
}

fn host_and_port(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    }
}

/// True when every `%` begins an escape.
fn escapes_hold(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}

pub(crate) fn parse(text: &str) -> Option<Url> {
    if text.is_empty() || text.chars().any(|c| c.is_ascii_control()) {
        return None;
    }
    let (scheme, rest) = match text.find(':') {
        Some(end) if is_scheme(&text[..end]) => {
            (text[..end].to_ascii_lowercase(), &text[end + 1..])
        }
        Some(0) => return None,
        _ => (String::new(), text),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !rest.starts_with('/') {
        // An opaque URL such as `mailto:x` has a scheme; anything else is no request.
        return (!scheme.is_empty()).then(|| Url {
            scheme,
            host: String::new(),
            path: String::new(),
            query: query.to_owned(),
        });
    }
    let (host, path) = match rest.strip_prefix("//") {
        Some(after) if !scheme.is_empty() || !rest.starts_with("///") => {
            let end = after.find('/').unwrap_or(after.len());
            let (authority, path) = after.split_at(end);
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            (host, path)
        }
        _ => ("", rest),
    };
    let port = host_and_port(host).1;
    let name = host_and_port(host).0;
    let good_host = !host.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '|', '}'])
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && name.starts_with('[') == name.ends_with(']')
        && escapes_hold(host);
    if !good_host || !escapes_hold(path) {
        return None;
    }
    Some(Url {
        scheme,
        host: host.to_owned(),
        path: escaped(path),
        query: query.to_owned(),
    })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// The path with what needs it escaped.
fn escaped(path: &str) -> String {
    use std::fmt::Write as _;
    let mut made = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@%!'()*[]".contains(&byte) {
            made.push(char::from(byte));
        } else {
            let _ = write!(made, "%{byte:02X}");
        }
    }
    made
}

/// Escapes taken back; `+` is a space in a query.
fn unescaped(text: &str) -> Option<String> {
    if !escapes_hold(text) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn query(call: &Call<'_>) -> Result<Val, Failure> {
    let mut values: Vec<(String, Vec<Val>)> = Vec::new();
    for pair in of(call)?.query.split('&').filter(|pair| !pair.is_empty()) {
        call.budget.step(values.len() + 1)?;
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(key), Some(value)) = (unescaped(key), unescaped(value)) else {
            continue;
        };
        match values.iter_mut().find(|(known, _)| *known == key) {
            Some((_, list)) => list.push(Val::text(value)),
            None => values.push((key, vec![Val::text(value)])),
        }
    }
    let entries = values
        .into_iter()
        .map(|(key, list)| (Val::text(key), Val::list(list)))
        .collect();
    Map::new(entries).map_or_else(|_| fail("a key twice"), |map| Ok(Val::Map(Arc::new(map))))
}
