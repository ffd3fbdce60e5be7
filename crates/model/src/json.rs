//! JSON text as documents: one value, values one after the other, or JSON lines.

use std::borrow::Cow;
use std::ops::Range;

use crate::Value;
use serde::de::IgnoredAny;

use crate::position::{Outline, Spot};
use crate::yaml::{Document, SyntaxError};

const TOO_DEEP: &str = "found maps and lists nested more than 127 levels deep";

/// True for text that begins as a JSON object or list does.
pub fn opens(text: &str) -> bool {
    skip_blank(text, 0).1.starts_with(['{', '['])
}

/// True unless the first brace is followed by what JSON has no use for, as in YAML's `{a: b}` and in
/// the `{{` of a template.
pub(crate) fn opens_strictly(text: &str) -> bool {
    let (start, _) = skip_blank(text, 0);
    match text.as_bytes().get(start) {
        Some(b'{') => skip_blank(text, start + 1).1.starts_with(['"', '}']),
        first => first == Some(&b'['),
    }
}

/// The JSON values in the text. After a broken one, reading goes on at the next line that begins with
/// `{` or `[`, so that one broken line of JSON lines does not hide the others.
pub fn documents(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut cursor = Cursor {
        text,
        offset: 0,
        line: 1,
    };
    loop {
        let (start, rest) = skip_blank(text, cursor.offset);
        if rest.is_empty() {
            return documents;
        }
        cursor.advance(start);
        let line = cursor.line;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let (end, content) = match values.next() {
            Some(Ok(value)) => (start + values.byte_offset(), Ok(value)),
            Some(Err(error)) => {
                let at = start + offset_of(rest, error.line(), error.column());
                let line = line + error.line().saturating_sub(1);
                (
                    next_start(text, at.max(start)),
                    Err(explain(text, at, line, &error)),
                )
            }
            None => return documents,
        };
        documents.push(Document {
            range: start..end,
            start: (cursor.line, column_of(text, start)),
            line,
            content,
            warnings: Vec::new(),
        });
        cursor.advance(end);
    }
}

/// True for a document that was refused because of its depth, which no other syntax makes better.
pub(crate) fn is_too_deep(document: &Document) -> bool {
    document
        .content
        .as_ref()
        .is_err_and(|error| error.found == TOO_DEEP)
}

/// An offset that knows its line, and only moves on.
struct Cursor<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl Cursor<'_> {
    fn advance(&mut self, to: usize) {
        let passed = &self.text.as_bytes()[self.offset..to];
        self.line += passed.split(|&byte| byte == b'\n').count() - 1;
        self.offset = to;
    }
}

/// The column of an offset, in characters from 1.
fn column_of(text: &str, offset: usize) -> usize {
    let before = &text[..offset];
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    line.trim_start_matches('\u{feff}').chars().count() + 1
}

/// The first text at or after an offset that is neither white space nor a byte order mark.
fn skip_blank(text: &str, offset: usize) -> (usize, &str) {
    let rest = text[offset..].trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    (text.len() - rest.len(), rest)
}

/// Where the next line begins that can be the start of a value.
fn next_start(text: &str, after: usize) -> usize {
    text.as_bytes()[after..]
        .windows(2)
        .position(|pair| pair[0] == b'\n' && matches!(pair[1], b'{' | b'['))
        .map_or(text.len(), |found| after + found + 1)
}

/// The offset of a place that `serde_json` names by line and bytes within the line.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let line_start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (line_start + column.saturating_sub(1)).min(text.len());
    (0..=offset)
        .rev()
        .find(|&offset| text.is_char_boundary(offset))
        .unwrap_or(0)
}

fn explain(text: &str, offset: usize, line: usize, error: &serde_json::Error) -> SyntaxError {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[line_start..]
        .chars()
        .filter(|&c| c != '\u{feff}')
        .count()
        + 1;
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let (found, expected) = match message {
        "recursion limit exceeded" => (TOO_DEEP.into(), "write a flatter document"),
        "trailing comma" => (
            "found a comma before a closing bracket".into(),
            "remove the comma",
        ),
        "key must be a string" => (
            "found a key without quotes".into(),
            "put double quotes around it",
        ),
        "expected `:`" => (describe(text, offset), "write `:` between key and value"),
        "expected `,` or `}`" => (describe(text, offset), "write `,` or `}`"),
        "expected `,` or `]`" => (describe(text, offset), "write `,` or `]`"),
        "invalid escape"
        | "invalid unicode code point"
        | "lone leading surrogate in hex escape" => (
            "found an escape sequence that JSON does not know".into(),
            "write the backslash twice",
        ),
        "number out of range" => (
            "found a number that is too large".into(),
            "write it as a string",
        ),
        "invalid number" => (
            "found a number that JSON does not know".into(),
            "write it in decimal",
        ),
        _ if message.starts_with("EOF") => (
            "found the end of the text inside a value".into(),
            "close what is open: quotes, ] and }",
        ),
        _ if message.starts_with("control character") => (
            "found a control character in a string".into(),
            "write \\n, \\t or \\u00XX",
        ),
        _ => (
            describe(text, offset),
            "write a JSON value: {, [, a string, a number, true, false or null",
        ),
    };
    SyntaxError {
        line,
        column,
        found,
        expected: expected.to_owned(),
    }
}

fn describe(text: &str, offset: usize) -> String {
    match text[offset..].chars().next() {
        Some('\n' | '\r') => "found the end of the line".to_owned(),
        Some(character) => format!("found {character:?}"),
        None => "found the end of the text".to_owned(),
    }
}

/// Outlines a document that is JSON; false if it is not, with nothing outlined.
pub(crate) fn outline<'t>(text: &'t str, outline: &mut Outline<'t>) -> bool {
    if !text.starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return false;
    }
    let mut scanner = Scanner {
        text,
        offset: 0,
        spot: Spot { line: 1, column: 1 },
    };
    while let Some((start, token)) = scanner.token() {
        let end = scanner.spot;
        match text.as_bytes()[token.start] {
            b'{' => outline.open_map(start, end),
            b'[' => outline.open_list(start, end),
            b'}' | b']' => {
                outline.close();
            }
            b',' | b':' => {}
            _ if outline.wants_key() => {
                outline.key(unquoted(&text[token]), start, end);
            }
            _ => {
                outline.scalar(start, end);
            }
        }
    }
    true
}

/// Tokens of text that is known to be JSON.
struct Scanner<'t> {
    text: &'t str,
    offset: usize,
    spot: Spot,
}

impl Scanner<'_> {
    fn token(&mut self) -> Option<(Spot, Range<usize>)> {
        let bytes = self.text.as_bytes();
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.advance(
            bytes[self.offset..]
                .iter()
                .take_while(|&byte| is_blank(byte))
                .count(),
        );
        let (start, spot) = (self.offset, self.spot);
        let length = match bytes.get(start)? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => string_length(&bytes[start..]),
            _ => bytes[start..]
                .iter()
                .take_while(|byte| !is_blank(byte) && !matches!(byte, b',' | b':' | b']' | b'}'))
                .count()
                .max(1),
        };
        self.advance(length);
        Some((spot, start..self.offset))
    }

    fn advance(&mut self, bytes: usize) {
        let end = (self.offset + bytes).min(self.text.len());
        for &byte in &self.text.as_bytes()[self.offset..end] {
            match byte {
                b'\n' => {
                    self.spot = Spot {
                        line: self.spot.line + 1,
                        column: 1,
                    }
                }
                // A character is counted at its first byte.
                0x80..0xc0 => {}
                _ => self.spot.column += 1,
            }
        }
        self.offset = end;
    }
}

/// The length of the string whose opening quote is the first byte.
fn string_length(bytes: &[u8]) -> usize {
    let mut escaped = false;
    for (offset, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return offset + 1,
            _ => {}
        }
    }
    bytes.len()
}

fn unquoted(token: &str) -> Cow<'_, str> {
    let inner = token.trim_matches('"');
    if token.contains('\\') {
        return serde_json::from_str(token).map_or(Cow::Borrowed(inner), Cow::Owned);
    }
    inner.into()
}

#[cfg(test)]
mod tests {
    use crate::json;

    use super::*;

    #[test]
    fn values_follow_one_another() {
        let text = "\u{feff} {\"a\": 1}{\"b\": 2}\n\n[3]\r\n";
        let documents = documents(text);
        let found: Vec<_> = documents
            .iter()
            .map(|d| (d.line, &text[d.range.clone()], d.content.clone()))
            .collect();
        let expected = [
            (1, "{\"a\": 1}", Ok(json!({"a": 1}))),
            (1, "{\"b\": 2}", Ok(json!({"b": 2}))),
            (3, "[3]", Ok(json!([3]))),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn one_broken_line_does_not_hide_the_others() {
        let documents = crate::yaml::documents("{\"a\": 1}\n{\"b\": }\n{\"c\": 3}\n");
        assert_eq!(
            documents.iter().map(|d| d.line).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert_eq!(documents[2].content, Ok(json!({"c": 3})));
        let error = documents[1].content.clone().unwrap_err();
        assert_eq!((error.line, error.column), (2, 7), "{error}");
    }

    #[test]
    fn errors_say_where_and_what_to_write() {
        for (text, line, column, found, expected) in [
            ("{\"a\": 1,}", 1, 9, "comma", "remove"),
            ("{\"ä\": 1 \"b\": 2}", 1, 9, "'\"'", "`,` or `}`"),
            ("[1, 2", 1, 5, "end of the text", "close"),
            ("{\n  \"a\" 1\n}", 2, 7, "'1'", "`:`"),
            ("{\"a\": \"\\x\"}", 1, 9, "escape", "backslash"),
            ("{\"a\": 1e999}", 1, 11, "too large", "string"),
            ("{\"a\": \"\n\"}", 2, 1, "control character", "\\n"),
            ("{\"a\": nul}", 1, 10, "'}'", "JSON value"),
        ] {
            let error = documents(text)[0].content.clone().unwrap_err();
            assert_eq!(
                (error.line, error.column),
                (line, column),
                "{text:?}: {error}"
            );
            assert!(error.found.contains(found), "{text:?}: {error}");
            assert!(error.expected.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let text = "[".repeat(100_000);
        let documents = documents(&text);
        assert_eq!(documents.len(), 1);
        assert!(is_too_deep(&documents[0]));
    }

    #[test]
    fn yaml_in_braces_is_read_as_yaml() {
        for text in [
            "{a: yes}",
            "{a: yes} # c",
            "# c\n---\n{a: yes}",
            "{a: yes,\n b: x}\n---\nc: d",
        ] {
            let documents = crate::yaml::documents(text);
            assert_eq!(
                documents[0].content.as_ref().unwrap()["a"],
                json!(true),
                "{text}"
            );
        }
        let documents = crate::yaml::documents("{\"a\": 1}\n---\nb: 2\n");
        assert_eq!(documents[1].content, Ok(json!({"b": 2})));
        let template = crate::yaml::documents("{{- if .x }}\na: b\n{{ end }}\n");
        assert!(
            template[0]
                .content
                .as_ref()
                .unwrap_err()
                .found
                .contains("Helm")
        );
    }
}
