//! Path and query of a request, decoded.

use std::borrow::Cow;

/// A request URI.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uri<'e> {
    path: &'e str,
    query: &'e str,
}

impl<'e> Uri<'e> {
    pub(crate) fn new(uri: &'e str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        Uri { path, query }
    }

    /// The path, as sent.
    pub(crate) fn path(self) -> &'e str {
        self.path
    }

    /// The values of a query parameter, decoded, in their order.
    pub(crate) fn values(self, name: &str) -> impl Iterator<Item = String> {
        self.query.split('&').filter_map(move |pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key) == name).then(|| decoded(value).into_owned())
        })
    }

    /// The words of the command that an exec runs, joined; `None` where the request names none.
    pub(crate) fn command(self) -> Option<String> {
        let words: Vec<String> = self.values("command").collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The path, decoded.
    pub(crate) fn decoded_path(self) -> Cow<'e, str> {
        decoded_with(self.path, false)
    }
}

fn decoded(text: &str) -> Cow<'_, str> {
    decoded_with(text, true)
}

/// Undoes percent-encoding; `+` is a blank in queries and a plus in paths. What is no valid escape
/// stays as it is.
fn decoded_with(text: &str, plus_is_blank: bool) -> Cow<'_, str> {
    let has_blank = plus_is_blank && text.contains('+');
    if !has_blank && !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escape = rest.escaped_byte();
        match (byte, escape) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest.next();
                rest.next();
            }
            (b'+', _) if plus_is_blank => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The byte that two hexadecimal digits ahead stand for.
trait Ahead {
    fn escaped_byte(&self) -> Option<u8>;
}

impl Ahead for std::str::Bytes<'_> {
    fn escaped_byte(&self) -> Option<u8> {
        let mut ahead = self.clone();
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(ahead.next()?)?, digit(ahead.next()?)?);
        u8::try_from(high * 16 + low).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Uri;

    #[test]
    fn an_exec_says_what_it_runs() {
        let uri = Uri::new(
            "/api/v1/namespaces/a/pods/b/exec?command=sh&command=-c&command=cat+%2Fetc%2Fshadow&stdin=true",
        );
        assert_eq!(uri.command().as_deref(), Some("sh -c cat /etc/shadow"));
        assert_eq!(uri.path(), "/api/v1/namespaces/a/pods/b/exec");
        assert_eq!(Uri::new("/x?container=a").command(), None);
    }

    #[test]
    fn broken_escapes_stay() {
        assert_eq!(Uri::new("/a%2").decoded_path(), "/a%2");
        assert_eq!(Uri::new("/a%zz+%2e").decoded_path(), "/a%zz+.");
    }
}
