//! File names as URI references ([RFC 3986]).
//!
//! [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986

use std::fmt::Write as _;

/// True for `/a` and `C:/a`.
pub(super) fn is_absolute(file: &str) -> bool {
    file.starts_with('/') || drive(file).is_some()
}

/// A reference relative to a base, for a name with forward slashes.
pub(super) fn of_relative(file: &str) -> String {
    encode(file.strip_prefix("./").unwrap_or(file))
}

/// A `file:` URI.
pub(super) fn of_absolute(file: &str) -> String {
    match drive(file) {
        Some(letter) => format!(
            "file:///{letter}:{}",
            encode(file.get(2..).unwrap_or_default())
        ),
        None => format!(
            "file://{}",
            encode(&format!("/{}", file.trim_start_matches('/')))
        ),
    }
}

/// The drive letter of a Windows path.
fn drive(file: &str) -> Option<char> {
    let mut characters = file.chars();
    let letter = characters.next().filter(char::is_ascii_alphabetic)?;
    (characters.next() == Some(':') && characters.next() == Some('/')).then_some(letter)
}

/// Keeps unreserved characters and the slash. A colon is encoded, for in the first segment it would
/// end a scheme.
fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_uri_references() {
        for (file, uri) in [
            ("deploy/cart.yaml", "deploy/cart.yaml"),
            ("./a b.yaml", "a%20b.yaml"),
            ("chart (helm template)", "chart%20%28helm%20template%29"),
            ("x:y/ä.yaml", "x%3Ay/%C3%A4.yaml"),
            ("../100%/#?.yaml", "../100%25/%23%3F.yaml"),
        ] {
            assert!(!is_absolute(file), "{file}");
            assert_eq!(of_relative(file), uri);
        }
        for (file, uri) in [
            ("/srv/a b.yaml", "file:///srv/a%20b.yaml"),
            ("//host/a.yaml", "file:///host/a.yaml"),
            ("C:/a.yaml", "file:///C:/a.yaml"),
        ] {
            assert!(is_absolute(file), "{file}");
            assert_eq!(of_absolute(file), uri);
        }
    }
}
