//! `catseye query 'MATCH …'`: free questions to the attack graph.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::{Context as _, anyhow, bail};
use catseye_graph::edge;
use catseye_graph::query::{self, Answer, Query, Value};
use clap::ValueEnum;
use serde_json::json;

use crate::intake::ReadingArgs;
use crate::output::{self, styled};
use crate::paths::ground::GraphArgs;

/// Ask the attack graph a question in openCypher
///
/// A read-only part of the language: MATCH patterns, WHERE, RETURN with DISTINCT, count(*), ORDER BY
/// and LIMIT. Nodes have the properties name, namespace, kind, label and text; edges type, attack and
/// success.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye query \"MATCH (c:Container)-[r]->(n:Node) RETURN c, type(r), n\" -f ./deploy
  catseye query \"MATCH (a:Identity)-[:HAS_PERMISSION]->(p)-[:POD_EXEC]->(b) RETURN a, p, b\" -f .
  catseye query \"MATCH (:Internet)-[*1..6]->(s:Secret) RETURN s.name\" -f cluster.yaml
  catseye query --kinds                                 every kind of edge")]
pub(crate) struct Args {
    /// The question
    #[arg(required_unless_present = "kinds")]
    query: Option<String>,
    /// Files or folders to read; `-` reads standard input (repeatable) [default: .]
    #[arg(short = 'f', long = "files", value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    graph: GraphArgs,
    /// List the kinds of edges instead
    #[arg(long)]
    kinds: bool,
    /// How to show the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Text,
    /// For programs; the version is in it
    Json,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        query,
        paths,
        reading,
        graph: how,
        kinds,
        format,
    } = args;
    if kinds {
        output::print(&list_of_kinds())?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(text) = query else {
        bail!("write a question, such as \"MATCH (a:Pod) RETURN a\"");
    };
    let query: Query = text
        .parse()
        .map_err(|err| anyhow!("{text}\n{err}"))
        .context("the query cannot be read")?;
    let loaded = reading.load_or_here(&paths)?;
    let unreadable = loaded.tell()?;
    let answer = how.ask(&loaded.inventory, |graph| query::run(graph, &query))?;
    output::print(&match format {
        Format::Text => table(&answer),
        Format::Json => for_programs(&answer),
    })?;
    Ok(if unreadable {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    })
}

fn list_of_kinds() -> String {
    let mut text = String::new();
    for kind in edge::ALL {
        let _ = writeln!(
            text,
            "{:<22}  {:<9}  {}",
            styled(Style::new().bold(), kind.id),
            kind.attack,
            kind.title()
        );
    }
    text
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Truth(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

fn table(answer: &Answer) -> String {
    let rows: Vec<Vec<String>> = answer
        .rows
        .iter()
        .map(|row| row.iter().map(shown).collect())
        .collect();
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .chain([answer.columns[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..answer.columns.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let mut text = format!("{}\n", styled(Style::new().bold(), line(&answer.columns)));
    for row in &rows {
        let _ = writeln!(text, "{}", line(row));
    }
    let _ = writeln!(
        text,
        "({} {})",
        rows.len(),
        if rows.len() == 1 { "row" } else { "rows" }
    );
    text
}

fn for_programs(answer: &Answer) -> String {
    let rows: Vec<Vec<serde_json::Value>> = answer
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|value| match value {
                    Value::Null => serde_json::Value::Null,
                    Value::Truth(truth) => json!(truth),
                    Value::Number(number) => json!(number),
                    Value::Text(text) => json!(text),
                })
                .collect()
        })
        .collect();
    let value = json!({"version": 1, "columns": answer.columns, "rows": rows});
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}
