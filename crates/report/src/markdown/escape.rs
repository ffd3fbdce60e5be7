//! Text from manifests in Markdown: it may not format, link, mention anyone or leave its table cell.

use crate::visible::one_line;

/// Nothing that has to be said is longer; a comment has room for a fixed number of characters.
const LONGEST: usize = 400;

/// The text on one line, cut where it gets too long.
fn clipped(raw: &str) -> String {
    let line = one_line(raw);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// A code span, on one line; fit for a table cell.
pub(super) fn code(raw: &str) -> String {
    let line = clipped(raw);
    let mut longest = 0;
    let mut run = 0;
    for character in line.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    // A table is split at pipes before code spans are read.
    if line.contains('|') {
        format!("<code>{}</code>", text(&line))
    } else if longest == 0 && !line.is_empty() {
        format!("{fence}{line}{fence}")
    } else {
        format!("{fence} {line} {fence}")
    }
}

/// Running text, on one line.
pub(super) fn text(raw: &str) -> String {
    let line = clipped(raw);
    let mut escaped = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A backslash before it would not do: the text may end in one itself.
            '|' => escaped.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // Code hosts turn these into mentions and references even after Markdown is done with
            // them; a space of no width between sign and name ends that.
            '@' | '#' => {
                escaped.push(character);
                escaped.push('\u{200b}');
            }
            ':' if characters.peek() == Some(&'/') => escaped.push_str("&#58;"),
            _ => escaped.push(character),
        }
    }
    escaped.replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("a\\|`b"), "<code>a\\\\&#124;\\`b</code>");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("a\nb\u{202e}"), "`a b\u{fffd}`");
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn text_neither_formats_nor_links() {
        assert_eq!(text("<b> **x** `y`"), "&lt;b&gt; \\*\\*x\\*\\* \\`y\\`");
        assert_eq!(text("[a](https://b)"), "\\[a\\](https&#58;//b)");
        assert_eq!(text("@all #1"), "@\u{200b}all #\u{200b}1");
    }
}
