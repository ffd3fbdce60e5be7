//! Rows of text as CSV, Markdown and Graphviz.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Rows under a head.
pub(super) struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// RFC 4180: fields with commas, quotes or line ends are quoted.
pub(super) fn csv(table: &Table) -> String {
    let field = |text: &String| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.clone()
        }
    };
    let mut text = String::new();
    for row in std::iter::once(&table.head).chain(&table.rows) {
        let fields: Vec<String> = row.iter().map(field).collect();
        let _ = writeln!(text, "{}", fields.join(","));
    }
    text
}

/// A table of GitHub's Markdown.
pub(super) fn markdown(table: &Table) -> String {
    let cell = |text: &String| {
        text.replace('|', "\\|")
            .replace('<', "&lt;")
            .replace('\n', " ")
    };
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(table.head.iter().map(cell).collect());
    text += &line(table.head.iter().map(|_| "---".to_owned()).collect());
    for row in &table.rows {
        text += &line(row.iter().map(cell).collect());
    }
    text
}

/// A graph with an edge a row: the first column leads to the second, the third is the edge's label.
pub(super) fn dot(table: &Table) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = "digraph reach {\n  rankdir=LR\n  node [shape=box]\n".to_owned();
    let ends = table.rows.iter().flat_map(|row| row.iter().take(2));
    for end in ends.collect::<BTreeSet<_>>() {
        let _ = writeln!(text, "  {}", quoted(end));
    }
    for row in &table.rows {
        if let [source, destination, label @ ..] = row.as_slice() {
            let (source, destination) = (quoted(source), quoted(destination));
            let label = quoted(&label.join(" -> "));
            let _ = writeln!(text, "  {source} -> {destination} [label={label}]");
        }
    }
    text + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out_of_its_field() {
        let table = Table {
            head: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            rows: vec![vec!["x|<\"".to_owned(), "y,z".to_owned(), "1".to_owned()]],
        };
        assert_eq!(csv(&table), "a,b,c\n\"x|<\"\"\",\"y,z\",1\n");
        assert_eq!(
            markdown(&table),
            "| a | b | c |\n| --- | --- | --- |\n| x\\|&lt;\" | y,z | 1 |\n"
        );
        assert!(dot(&table).contains("\"x|<\\\"\" -> \"y,z\" [label=\"1\"]"));
    }
}
