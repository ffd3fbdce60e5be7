//! Cuts a stream into documents at the lines that YAML reserves for it: `---` and `...` at column 1
//! can be neither text nor part of a quoted string. `kubectl` cuts first and parses then, too.

use std::ops::Range;

/// A part of the stream that holds content.
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    /// Line of the first byte, from 1.
    pub(super) first_line: usize,
    /// Line of the first content, from 1.
    pub(super) line: usize,
}

pub(super) fn split(text: &str) -> impl Iterator<Item = Piece> {
    Splitter {
        text,
        offset: 0,
        line: 1,
    }
}

struct Splitter<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl Iterator for Splitter<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let mut piece = Piece {
            range: self.offset..self.offset,
            first_line: self.line,
            line: 0,
        };
        // Before its `---` a document may have directives; after it `%` is content.
        let mut in_head = true;
        let mut has_directives = false;
        while self.offset < self.text.len() {
            let (start, line) = (self.offset, self.line);
            let next = next_line(self.text, start);
            let mut body = &self.text[start..next];
            let mut body_start = start;
            if piece.line == 0
                && let Some(rest) = body.strip_prefix('\u{feff}')
            {
                body_start = next - rest.len();
                body = rest;
                if !has_directives && piece.range.start == start {
                    piece.range.start = body_start;
                }
            }
            if let Some(rest) = marker(body, "---") {
                if piece.line > 0 {
                    piece.range.end = start;
                    return Some(piece);
                }
                let is_bare = is_blank(rest);
                if !(in_head && has_directives) {
                    let skips_marker = is_bare && !rest.contains('#');
                    piece.range.start = if skips_marker { next } else { body_start };
                    piece.first_line = if skips_marker { line + 1 } else { line };
                }
                has_directives &= in_head;
                in_head = false;
                if !is_bare {
                    piece.line = line;
                }
            } else if marker(body, "...").is_some() {
                self.advance(next);
                if piece.line > 0 {
                    piece.range.end = start;
                    return Some(piece);
                }
                piece = Piece {
                    range: next..next,
                    first_line: self.line,
                    line: 0,
                };
                in_head = true;
                has_directives = false;
                continue;
            } else if in_head && piece.line == 0 && body.starts_with('%') {
                has_directives = true;
            } else if piece.line == 0 && !is_blank(body) {
                piece.line = line;
            }
            self.advance(next);
        }
        piece.range.end = self.text.len();
        (piece.line > 0).then_some(piece)
    }
}

impl Splitter<'_> {
    fn advance(&mut self, next: usize) {
        self.offset = next;
        self.line += 1;
    }
}

/// The offset just after the line break that ends the line at `start`; CR, LF and CRLF all break.
fn next_line(text: &str, start: usize) -> usize {
    let rest = &text.as_bytes()[start..];
    match rest.iter().position(|&byte| byte == b'\n' || byte == b'\r') {
        Some(end) if rest[end] == b'\r' && rest.get(end + 1) == Some(&b'\n') => start + end + 2,
        Some(end) => start + end + 1,
        None => text.len(),
    }
}

/// What follows a marker that stands alone as a word at the start of the line.
fn marker<'t>(line: &'t str, marker: &str) -> Option<&'t str> {
    line.strip_prefix(marker)
        .filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// True for a line with nothing but white space or a comment.
fn is_blank(line: &str) -> bool {
    let content = line.trim_start_matches([' ', '\t', '\r', '\n']);
    content.is_empty() || content.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_only_at_markers() {
        for (text, pieces) in [
            ("", vec![]),
            ("# only\n\n---\n--- # nothing\n...\n", vec![]),
            ("a", vec![("a", 1)]),
            ("---\na\n", vec![("a\n", 2)]),
            ("# c\na\n---\nb\n", vec![("# c\na\n", 2), ("b\n", 4)]),
            ("a\r\n---\r\nb\r\n", vec![("a\r\n", 1), ("b\r\n", 3)]),
            ("a\r---\rb", vec![("a\r", 1), ("b", 3)]),
            ("--- a\n--- b", vec![("--- a\n", 1), ("--- b", 2)]),
            ("--- |\n  a\n", vec![("--- |\n  a\n", 1)]),
            ("--- # c\n\na", vec![("--- # c\n\na", 3)]),
            ("a: |\n  ---\n  x\n", vec![("a: |\n  ---\n  x\n", 1)]),
            ("---a\n----\n", vec![("---a\n----\n", 1)]),
            ("a\n...\nb\n", vec![("a\n", 1), ("b\n", 3)]),
            ("%YAML 1.1\n---\na\n", vec![("%YAML 1.1\n---\na\n", 3)]),
            (
                "a\n...\n%YAML 1.1\n---\nb",
                vec![("a\n", 1), ("%YAML 1.1\n---\nb", 5)],
            ),
            ("a\n---\n%b", vec![("a\n", 1), ("%b", 3)]),
            ("\u{feff}a\n\u{feff}---\nb", vec![("a\n\u{feff}---\nb", 1)]),
            ("\u{feff}---\n\u{feff}a", vec![("a", 2)]),
        ] {
            let found: Vec<_> = split(text).map(|p| (&text[p.range], p.line)).collect();
            assert_eq!(found, pieces, "{text:?}");
        }
    }
}
