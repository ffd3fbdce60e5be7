//! `catseye paths`: the ways an attacker would take, and what to mend first.

mod dot;
pub(crate) mod ground;
mod html;
mod json;
mod observed;
mod text;

use std::process::ExitCode;

use anyhow::bail;
use catseye_graph::analysis::{Analysis, Question, analyse};
use catseye_graph::topology::Without;
use catseye_graph::usage::Usages;
use catseye_graph::used::Used;
use catseye_graph::{Graph, address};
use clap::ValueEnum;

use self::ground::{ChangeArgs, GraphArgs};
pub(crate) use self::json::node_json;
use self::observed::ObservedArgs;
use crate::intake::InputArgs;
use crate::output;

/// Show the ways an attacker would take, and which change to make first
///
/// The answer is computed from what the objects prove: who can speak to whom (network policies and
/// doors to the outside), who may do what (RBAC), what runs where and with which rights. Every step
/// names the object and the field that allow it. The exit code is 1 when there is a way, 0 when there
/// is none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  catseye paths ./deploy                              the three worst ways, from anywhere
  catseye paths ./deploy --from shop/web --to cluster from one workload to the whole cluster
  catseye paths ./deploy --fix-first                  what to change first, with its exact effect
  catseye paths ./deploy --what-if fixed.yaml         the same question with changed objects
  catseye paths ./deploy --without ClusterRoleBinding/ci-admin
  catseye paths ./deploy --fix-first --audit audit.log which of it is used, and what is safe to remove
  catseye paths ./deploy --format html > path.html    a picture of the worst way")]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    graph: GraphArgs,
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    observed: ObservedArgs,
    /// Where the attacker begins: internet, NAMESPACE/WORKLOAD, sa:NAMESPACE/NAME, user:NAME, …; by
    /// default the internet, and a foothold in any workload
    #[arg(long, value_name = "NODE")]
    from: Option<String>,
    /// What the attacker is after: cluster, node, secret, cloud, workload, namespace, or one of them by
    /// name such as secret:shop/db; by default all of them
    #[arg(long, value_name = "NODE")]
    to: Option<String>,
    /// Show which fixes to make first
    #[arg(long)]
    fix_first: bool,
    /// How many ways to show
    #[arg(short = 'k', long = "ways", value_name = "N", default_value_t = 3)]
    ways: usize,
    /// How to show them
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Sentences
    Text,
    /// For programs; the version is in it
    Json,
    /// For Graphviz
    Dot,
    /// A page with a picture of the worst way
    Html,
}

/// How many fixes are chosen.
const FIXES: usize = 3;

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args {
        input,
        graph: how,
        change,
        observed,
        from,
        to,
        fix_first,
        ways,
        format,
    } = args;
    if ways == 0 {
        bail!("-k 0 shows nothing; write -k 1 or more");
    }
    let loaded = input.load()?;
    let mut unreadable = loaded.tell()?;
    let observed = observed.read()?;
    if let Some((_, complete)) = &observed {
        unreadable |= !complete;
    }
    let used = observed.as_ref().map(|(used, _)| used);
    let ask = |graph: &Graph<'_>| -> anyhow::Result<Analysis> {
        let question = Question {
            from: from
                .as_deref()
                .map(|text| address::find(graph, text))
                .transpose()?,
            to: to
                .as_deref()
                .map(|text| address::find_target(graph, text))
                .transpose()?,
            ways,
            fixes: if fix_first || format != Format::Text {
                FIXES
            } else {
                1
            },
        };
        Ok(analyse(graph, &question, &Without::nothing()))
    };
    let before = if change.is_empty() {
        None
    } else {
        let analysis = how.ask(&loaded.inventory, ask)?;
        Some((analysis.risk.score, analysis.risk.ways))
    };
    let changed = if change.is_empty() {
        None
    } else {
        Some(change.apply(&loaded.inventory)?)
    };
    let inventory = changed.as_ref().unwrap_or(&loaded.inventory);
    let (text, found) = how.ask(inventory, |graph| -> anyhow::Result<(String, bool)> {
        let analysis = ask(graph)?;
        let usages = used.map_or_else(Usages::default, |used| Usages::of(graph, used));
        let shown = Shown {
            used,
            usages: &usages,
            graph,
            sources: &loaded.sources,
            analysis: &analysis,
            before,
            fix_first,
        };
        let text = match format {
            Format::Text => text::render(&shown),
            Format::Json => json::render(&shown),
            Format::Dot => dot::render(&shown),
            Format::Html => html::render(&shown),
        };
        Ok((text, !analysis.ways.is_empty()))
    })?;
    output::print(&text)?;
    Ok(if unreadable {
        ExitCode::from(2)
    } else {
        ExitCode::from(u8::from(found))
    })
}

/// An answer and what it takes to show it.
pub(crate) struct Shown<'a> {
    pub(crate) graph: &'a Graph<'a>,
    pub(crate) sources: &'a [catseye_report::Source],
    pub(crate) analysis: &'a Analysis,
    /// The score and the number of ways before a what-if.
    pub(crate) before: Option<(u32, usize)>,
    pub(crate) fix_first: bool,
    /// What logs saw, where any are given.
    pub(crate) used: Option<&'a Used>,
    /// What that says of each step.
    pub(crate) usages: &'a Usages,
}

/// A chance in words: `38 %`, `0.4 %`.
pub(crate) fn percent(chance: f64) -> String {
    let percent = chance * 100.0;
    if percent >= 10.0 {
        format!("{percent:.0} %")
    } else if percent >= 0.1 {
        format!("{percent:.1} %")
    } else {
        "below 0.1 %".to_owned()
    }
}
