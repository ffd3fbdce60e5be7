//! Text that goyaml reads and the parser does not: both follow a version of YAML, and the later one is
//! stricter about tabs after a colon and about the lines that continue a quoted string or a list in
//! brackets. Their indentation has no meaning, so that deepening it changes no value. This is tried only
//! once the parser has failed.

use std::collections::BTreeMap;

use saphyr_parser::{Parser, ScanError};

/// Deeper than any indentation that may be asked for.
const PADDING: usize = 256;
/// How many bytes may be parsed again; each flaw costs a pass over its document.
const BUDGET: usize = 32 << 20;

/// A document with deeper indentation, and how to get from its columns to those of the original.
#[derive(Default)]
pub(super) struct Repaired {
    pub(super) text: String,
    pub(super) padding: Padding,
}

/// How often each line was indented deeper.
#[derive(Default)]
pub(super) struct Padding {
    times: BTreeMap<usize, usize>,
}

impl Padding {
    /// The column in the original text, both from 0.
    pub(super) fn column(&self, line: usize, column: usize) -> usize {
        let times = self.times.get(&line).copied().unwrap_or_default();
        column.saturating_sub(times * PADDING)
    }
}

/// The document with its tabs replaced and its continuation lines indented deeper; nothing if that does not help.
pub(super) fn repair(text: &str) -> Option<Repaired> {
    let mut repaired = Repaired {
        text: text.to_owned(),
        padding: Padding::default(),
    };
    let mut budget = BUDGET;
    let mut last = None;
    while let Some(error) = Parser::new_from_str(&repaired.text).find_map(Result::err) {
        let place = (
            error.marker().line(),
            error.marker().col(),
            error.info().to_owned(),
        );
        budget = budget.checked_sub(repaired.text.len())?;
        if last.as_ref() == Some(&place) || !repaired.pad(&error) {
            // A later error in text that is better than before is the one to report.
            return last.map(|_| repaired);
        }
        last = Some(place);
    }
    last.map(|_| repaired)
}

impl Repaired {
    fn pad(&mut self, error: &ScanError) -> bool {
        let mark = error.marker();
        if error.info() == "invalid indentation in quoted scalar" {
            return self.pad_quoted(mark.line(), mark.col());
        }
        if error.info() == "':' must be followed by a valid YAML whitespace" {
            return self.replace_tabs_before(mark.line(), mark.col());
        }
        let has_tab = error.info().contains("tab");
        let is_shallow = matches!(
            error.info(),
            "invalid indentation" | "invalid indentation in flow construct"
        );
        if !has_tab && !is_shallow {
            return false;
        }
        // A plain scalar is refused where it begins, for the tab on the line that continues it.
        let lines = if has_tab {
            mark.line()..=mark.line() + 1
        } else {
            mark.line()..=mark.line()
        };
        lines.into_iter().any(|line| {
            let Some(start) = line_start(&self.text, line) else {
                return false;
            };
            let blank = self.text[start..]
                .bytes()
                .take_while(|b| matches!(b, b' ' | b'\t'))
                .count();
            if has_tab && !self.text[start..start + blank].contains('\t') {
                return false;
            }
            if !ends_in_flow(&self.text[..start]) {
                return false;
            }
            self.text
                .replace_range(start..start + blank, &" ".repeat(blank + PADDING));
            *self.padding.times.entry(line).or_default() += 1;
            true
        })
    }

    /// Replaces the tabs between a colon and the value at a line and a column from 0.
    fn replace_tabs_before(&mut self, line: usize, column: usize) -> bool {
        let Some(start) = line_start(&self.text, line) else {
            return false;
        };
        let end = match self.text[start..].char_indices().nth(column) {
            Some((offset, _)) => start + offset,
            None => return false,
        };
        let key = self.text[start..end].trim_end_matches([' ', '\t']).len();
        let gap = start + key..end;
        let has_tab = self.text[gap.clone()].contains('\t');
        self.text.replace_range(gap.clone(), &" ".repeat(gap.len()));
        has_tab
    }

    /// Pads the lines of the quoted scalar that begins at a line and a column from 0.
    fn pad_quoted(&mut self, line: usize, column: usize) -> bool {
        let Some(start) = line_start(&self.text, line) else {
            return false;
        };
        let Some((opening, quote)) = self.text[start..].char_indices().nth(column) else {
            return false;
        };
        if !matches!(quote, '"' | '\'') {
            return false;
        }
        let inside = start + opening + 1;
        let end = inside + quoted_length(&self.text.as_bytes()[inside..], quote);
        let lines = self.text[inside..end].split('\n').count();
        if lines.saturating_mul(PADDING) > BUDGET {
            return false;
        }
        let mut padded = String::with_capacity(self.text.len() + PADDING);
        padded.push_str(&self.text[..inside]);
        for (below, part) in self.text[inside..end].split_inclusive('\n').enumerate() {
            if below > 0 {
                padded.push_str(&" ".repeat(PADDING));
                *self.padding.times.entry(line + below).or_default() += 1;
            }
            padded.push_str(part);
        }
        padded.push_str(&self.text[end..]);
        self.text = padded;
        true
    }
}

/// The length of a quoted scalar up to and with its closing quote.
fn quoted_length(bytes: &[u8], quote: char) -> usize {
    let mut escaped = false;
    for (offset, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quote == '"' => escaped = true,
            // Two single quotes are one; the second then begins what looks like a new scalar.
            b'\'' if quote == '\'' && bytes.get(offset + 1) == Some(&b'\'') => escaped = true,
            _ if char::from(byte) == quote => return offset + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// True if a bracket, a brace or a quote is open at the end of the text: block style may end anywhere,
/// so that only flow style then misses something.
fn ends_in_flow(text: &str) -> bool {
    Parser::new_from_str(text)
        .find_map(Result::err)
        .is_some_and(|error| {
            [
                "a flow",
                "expected node content",
                "unexpected end of stream",
            ]
            .iter()
            .any(|part| error.info().contains(part))
        })
}

/// The offset at which a line begins, from 1.
fn line_start(text: &str, line: usize) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let above: usize = lines
        .by_ref()
        .take(line.checked_sub(1)?)
        .map(str::len)
        .sum();
    lines.next().map(|_| above)
}

#[cfg(test)]
mod tests {
    use crate::json;

    use crate::Value;

    use crate::yaml::documents;

    fn read(text: &str) -> Result<Value, crate::yaml::SyntaxError> {
        documents(text).remove(0).content
    }

    #[test]
    fn tabs_may_follow_a_colon() {
        for text in ["a:\tx\nb: \tw", "a:\tx\t# c\nb:\t\t'w'\t"] {
            assert_eq!(read(text), Ok(json!({"a": "x", "b": "w"})), "{text:?}");
        }
        assert_eq!(read("- ä: \t5\n"), Ok(json!([{"ä": 5}])));
    }

    #[test]
    fn continuation_lines_need_no_indentation() {
        for (value, expected) in [
            ("'{\n  x: ''w''\n  }'", json!("{ x: 'w' }")),
            ("\"x\nw\\\"\n\n z\"", json!("x w\"\nz")),
            ("\"x\n\tw\"", json!("x w")),
            ("[\n\tx,\n\t w\n\t]", json!(["x", "w"])),
            ("{\r\nx: w,\r\n  }", json!({"x": "w"})),
        ] {
            for (before, after) in [("a:\n  b: ", "\n  c: d\n"), ("a: {c: d, b: ", "}")] {
                let text = format!("{before}{value}{after}");
                assert_eq!(
                    read(&text),
                    Ok(json!({"a": {"b": expected, "c": "d"}})),
                    "{text:?}"
                );
            }
            assert_eq!(
                read(&format!("b: {value}")),
                Ok(json!({ "b": expected })),
                "{value:?}"
            );
        }
    }

    #[test]
    fn block_style_still_needs_spaces() {
        for text in ["a:\n\tb: c\n", "a:\n  b: c\n\td: e\n", "a: [x]\n\tb: c\n"] {
            assert!(read(text).unwrap_err().found.contains("tab"), "{text:?}");
        }
    }

    #[test]
    fn errors_keep_their_place() {
        let error = read("a:\n  b: [\n\tx,\n\ty, .inf]\n").unwrap_err();
        assert_eq!((error.line, error.column), (4, 5), "{error}");
    }
}
