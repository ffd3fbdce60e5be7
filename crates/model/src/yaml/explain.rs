//! Errors in plain words: where, what stands there, what to write instead.

use saphyr_parser::{Marker, ScanError};

use super::repair::Padding;
use super::{MAX_DEPTH, SyntaxError, SyntaxWarning};

/// The text of one document and where it begins in the whole.
pub(super) struct Source<'t> {
    pub(super) text: &'t str,
    pub(super) first_line: usize,
    /// Set if `text` was indented deeper than what the user wrote.
    pub(super) padding: Option<Padding>,
}

impl Source<'_> {
    pub(super) fn error(&self, mark: Marker, found: String, expected: &str) -> SyntaxError {
        let (line, column) = self.place(mark);
        SyntaxError {
            line,
            column,
            found,
            expected: expected.to_owned(),
        }
    }

    pub(super) fn warning(&self, mark: Marker, message: String) -> SyntaxWarning {
        let (line, column) = self.place(mark);
        SyntaxWarning {
            line,
            column,
            message,
        }
    }

    fn place(&self, mark: Marker) -> (usize, usize) {
        let column = match &self.padding {
            Some(padding) => padding.column(mark.line(), mark.col()),
            None => mark.col(),
        };
        (self.first_line + mark.line().saturating_sub(1), column + 1)
    }

    /// The line at a 1-based number within the document.
    fn line(&self, number: usize) -> Option<&str> {
        lines(self.text).nth(number.checked_sub(1)?)
    }
}

/// The lines of a text; CR, LF and CRLF all break, as in YAML.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    // A CRLF is one break: the LF half is dropped from the start of the next line.
    text.split_inclusive('\n').flat_map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).split('\r')
    })
}

pub(super) fn too_deep(source: &Source<'_>, mark: Marker) -> SyntaxError {
    source.error(
        mark,
        format!("found maps and lists nested more than {MAX_DEPTH} levels deep"),
        "write a flatter document",
    )
}

/// A map or a list where a key should be: most often an unquoted template.
pub(super) fn collection_key(source: &Source<'_>, mark: Marker) -> SyntaxError {
    template(source, mark.line()).unwrap_or_else(|| {
        source.error(
            mark,
            "found a map or a list as a map key".to_owned(),
            "write a plain word as key, or put quotes around it",
        )
    })
}

/// What the parser refuses, with the cause where it is a common one.
pub(super) fn scan_error(source: &Source<'_>, error: &ScanError) -> SyntaxError {
    let count = lines(source.text).count().max(1);
    let mut mark = *error.marker();
    if mark.line() > count {
        let length = source.line(count).map_or(0, |line| line.chars().count());
        mark = Marker::new(mark.index(), count, length);
    }
    if error.info() == "recursion limit exceeded" {
        return too_deep(source, mark);
    }
    if let Some(template) = template(source, mark.line()) {
        return template;
    }
    // A plain value is refused at its own line when the next one is indented with a tab.
    let below = if error.info().contains("tab") {
        mark.line() + 1
    } else {
        mark.line()
    };
    if let Some(tab) = (mark.line()..=below).find_map(|line| indenting_tab(source, line)) {
        return source.error(
            tab,
            "found a tab in the indentation".to_owned(),
            "indent with spaces",
        );
    }
    let (found, expected) = in_words(error.info());
    source.error(mark, found.to_owned(), expected)
}

/// A Helm template on the line of the error or on the line with content above it.
fn template(source: &Source<'_>, line: usize) -> Option<SyntaxError> {
    let above = lines(source.text)
        .zip(1..line)
        .filter(|(text, _)| !text.trim().is_empty())
        .last()
        .map(|(_, number)| number);
    let (line, column) = [Some(line), above]
        .into_iter()
        .flatten()
        .find_map(|number| {
            let text = source.line(number)?;
            let start = text.find("{{")?;
            let is_quoted = text[..start].ends_with(['"', '\'']);
            (!is_quoted).then(|| (number, text[..start].chars().count()))
        })?;
    Some(source.error(
        Marker::new(0, line, column),
        "found {{, this is an unrendered Helm template".to_owned(),
        "render it with `helm template` first",
    ))
}

fn indenting_tab(source: &Source<'_>, line: usize) -> Option<Marker> {
    let text = source.line(line)?;
    let indentation = text.len() - text.trim_start_matches([' ', '\t']).len();
    let column = text[..indentation].find('\t')?;
    Some(Marker::new(0, line, column))
}

/// The parser's messages, which speak of the grammar, in the words of somebody who writes a manifest.
fn in_words(info: &str) -> (&str, &'static str) {
    let quoted = "found a quoted string that does not end";
    match info {
        "mapping values are not allowed in this context" => (
            "found a second `: ` on one line, or a key that is not indented like its neighbours",
            "put quotes around a value that contains `: `, or align the key",
        ),
        "simple key expect ':'"
        | "simple key expected"
        | "':' must be followed by a valid YAML whitespace" => (
            "found text where a key should be",
            "write `key: value` with a space after the colon",
        ),
        "while parsing a block mapping, did not find expected key" => (
            "found something that is not a key of the map above it",
            "align the keys of a map, and end quoted values with their line",
        ),
        "while parsing a block collection, did not find expected '-' indicator" => (
            "found something that is not an item of the list above it",
            "begin each item with `- `",
        ),
        "block sequence entries are not allowed in this context"
        | r#""-" is only valid inside a block"#
        | "'-' must be followed by a valid YAML whitespace" => (
            "found a list item where none can be",
            "write the list below its key, one item a line",
        ),
        "while scanning a quoted scalar, found unexpected end of stream"
        | "while scanning a quoted scalar, found unexpected document indicator" => {
            (quoted, "close the quotes")
        }
        "invalid indentation in quoted scalar" => {
            (quoted, "close the quotes, or indent the lines that follow")
        }
        "invalid trailing content after double-quoted scalar" => (
            "found text after a closing quote",
            "put the quotes around the whole value",
        ),
        "while parsing a quoted scalar, found unknown escape character"
        | "while parsing a quoted scalar, did not find expected hexadecimal number"
        | "while parsing a quoted scalar, found invalid Unicode character escape code" => (
            "found an escape sequence that YAML does not know",
            "use single quotes, or write the backslash twice",
        ),
        "while parsing a flow mapping, did not find expected ',' or '}'" => (
            "found a map in braces that does not go on or end",
            "write `,` or `}`",
        ),
        "while parsing a flow sequence, expected ',' or ']'" => (
            "found a list in brackets that does not go on or end",
            "write `,` or `]`",
        ),
        "while parsing a node, did not find expected node content" => (
            "found no value where one should be",
            "write a value, and close every bracket and brace",
        ),
        "did not find expected <document start>" => (
            "found content after the end of the document",
            "write `---` between documents, and indent what belongs to a value",
        ),
        "misplaced bracket" => ("found a closing bracket that nothing opened", "remove it"),
        "while parsing node, found unknown anchor" => (
            "found an alias to an anchor that is not defined above it",
            "define it with `&name`",
        ),
        "the handle wasn't declared" => (
            "found a tag whose prefix is not declared",
            "declare it with %TAG, or remove the tag",
        ),
        "found unprintable character" => ("found a control character", "remove it"),
        "comment intercepting the multiline text" => (
            "found a comment inside a value of several lines",
            "move the comment, or put quotes around the value",
        ),
        "wrongly indented line in block scalar" | "invalid indentation" => (
            "found a line that is not indented like its neighbours",
            "align it with them",
        ),
        _ if info.starts_with("unexpected character") => (
            "found a character that cannot begin a value",
            "put quotes around the value",
        ),
        _ if info.contains("tab") && !info.contains("tag") => ("found a tab", "use spaces instead"),
        _ => (info, "write valid YAML"),
    }
}
