//! `catseye blast-radius SUBJECT`: everything that falls when one thing does.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use catseye_graph::blast::Blast;
use catseye_graph::topology::{Without, chance_of};
use catseye_graph::{Graph, address};
use clap::ValueEnum;
use serde_json::json;

use crate::intake::ReadingArgs;
use crate::output::{self, styled};
use crate::paths::ground::GraphArgs;
use crate::paths::{node_json, percent};

/// Show everything that falls when one workload, identity or node does
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye blast-radius shop/web -f ./deploy
  catseye blast-radius sa:ci/deployer -f cluster.yaml
  catseye blast-radius node:worker-1 -f cluster.yaml --format json")]
pub(crate) struct Args {
    /// What falls: NAMESPACE/WORKLOAD, KIND/NAMESPACE/NAME, sa:NAMESPACE/NAME, user:NAME, group:NAME,
    /// node:NAME, secret:NAMESPACE/NAME, internet
    subject: String,
    /// Files or folders to read; `-` reads standard input (repeatable) [default: .]
    #[arg(short = 'f', long = "files", value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    graph: GraphArgs,
    /// How many of each kind to name
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences
    Text,
    /// For programs; the version is in it
    Json,
}

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        subject,
        paths,
        reading,
        graph: how,
        limit,
        format,
    } = args;
    let loaded = reading.load_or_here(&paths)?;
    let unreadable = loaded.tell()?;
    let (text, falls) = how.ask(
        &loaded.inventory,
        |graph| -> anyhow::Result<(String, bool)> {
            let node = address::find(graph, &subject)?;
            let blast = Blast::of(graph, node, &Without::nothing());
            let text = match format {
                Format::Text => sentences(graph, node, &blast, limit),
                Format::Json => for_programs(graph, node, &blast),
            };
            Ok((text, !blast.reached.is_empty()))
        },
    )?;
    output::print(&text)?;
    Ok(if unreadable {
        ExitCode::from(2)
    } else {
        ExitCode::from(u8::from(falls))
    })
}

fn sentences(graph: &Graph<'_>, node: u32, blast: &Blast, limit: usize) -> String {
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let mut text = format!(
        "{}\n",
        styled(bold, format!("What falls with {}:", graph.name(node)))
    );
    if blast.is_everything {
        text.push_str("the whole cluster falls, and everything in it.\n");
    } else if blast.reached.is_empty() {
        text.push_str("nothing else does.\n");
    }
    for (label, nodes) in &blast.reached {
        let _ = writeln!(text, "\n{} ({})", styled(bold, label), nodes.len());
        for (number, cost) in nodes.iter().take(limit) {
            let steps = graph.steps(&blast.way(graph, *number));
            let kinds: Vec<&str> = steps
                .iter()
                .filter_map(|step| step.kind)
                .map(|kind| kind.id)
                .collect();
            let how = format!(
                "{} likely, by {}",
                percent(chance_of(*cost)),
                kinds.join(", ")
            );
            let _ = writeln!(text, "  {}  {}", graph.name(*number), styled(dim, how));
        }
        if nodes.len() > limit {
            let _ = writeln!(
                text,
                "  and {} more; --limit shows them",
                nodes.len() - limit
            );
        }
    }
    text
}

fn for_programs(graph: &Graph<'_>, node: u32, blast: &Blast) -> String {
    let reached: Vec<_> = blast
        .reached
        .values()
        .flatten()
        .map(|(number, cost)| {
            let steps: Vec<String> = graph
                .steps(&blast.way(graph, *number))
                .iter()
                .map(|step| graph.sentence(step))
                .collect();
            json!({
                "node": node_json(graph, *number),
                "chance": (chance_of(*cost) * 10_000.0).round() / 10_000.0,
                "steps": steps,
            })
        })
        .collect();
    let value = json!({
        "version": 1,
        "subject": node_json(graph, node),
        "everything": blast.is_everything,
        "reached": reached,
    });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}
