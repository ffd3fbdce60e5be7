//! `catseye network map`: observed flows, held against the policies.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use catseye_flows::{Edge, FlowMap, Judged, Party, Standing};
use catseye_netpol::Reach;
use clap::ValueEnum;
use serde_json::json;

use super::ObservedArgs;
use crate::output::{self, styled};

/// Who was seen talking to whom, and what the policies say of it
///
/// Replicas are one workload, and a Service's address stands for the workloads behind it. `observed but
/// denied` passed although policies refuse it: nobody enforces them. `allowed but unused` is what a policy
/// could do without. Exit codes: 0 everything observed is allowed, 1 something is not, 2 something could not
/// be read.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    observed: ObservedArgs,
    /// Only edges that begin or end in this namespace
    #[arg(long, short, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Also what policies allow and nobody used
    #[arg(long)]
    unused: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs; versioned
    Json,
    /// For Graphviz
    Dot,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (inventory, whole) = args.observed.cluster()?;
    let reach = Reach::of(&inventory);
    let (map, complete) = args.observed.observe(&inventory, &reach)?;
    let mut judged = map.judged();
    judged.retain(|it| args.asked(it.edge));
    let text = match args.format {
        Format::Text => text(args, &map, &judged),
        Format::Json => to_json(args, &map, &judged)?,
        Format::Dot => dot(&judged),
    };
    output::print(&text)?;
    let denied = judged
        .iter()
        .any(|it| it.standing == Standing::ObservedButDenied);
    Ok(ExitCode::from(match (whole && complete, denied) {
        (false, _) => 2,
        (true, true) => 1,
        (true, false) => 0,
    }))
}

impl Args {
    fn asked(&self, edge: &Edge) -> bool {
        let Some(wanted) = &self.namespace else {
            return true;
        };
        [&edge.from, &edge.to]
            .iter()
            .any(|party| matches!(party, Party::Workload { namespace, .. } if namespace == wanted))
    }
}

fn words(standing: Standing) -> (&'static str, Style) {
    let colour = |colour: AnsiColor| colour.on_default();
    match standing {
        Standing::Allowed => ("allowed", colour(AnsiColor::Green)),
        Standing::Unrestricted => ("unrestricted", Style::new()),
        Standing::ObservedButDenied => ("observed but denied", colour(AnsiColor::Red).bold()),
        Standing::Refused => ("refused", colour(AnsiColor::Yellow)),
        Standing::Unknown => ("not known", Style::new().dimmed()),
    }
}

fn text(args: &Args, map: &FlowMap<'_>, judged: &[Judged<'_>]) -> String {
    let mut text = String::new();
    for Judged { edge, standing } in judged {
        let (word, style) = words(*standing);
        let through = edge.service.as_ref().map(|it| format!(" through {it}"));
        let failed = (edge.failed > 0).then(|| format!(", {} failed", edge.failed));
        let _ = writeln!(
            text,
            "{} => {} : {} {}{}  {} times{}  {}",
            edge.from,
            edge.to,
            edge.transport,
            edge.port,
            through.unwrap_or_default(),
            edge.count,
            failed.unwrap_or_default(),
            styled(style, word),
        );
    }
    if args.unused {
        let unused = map.unused();
        let _ = writeln!(text, "\nAllowed but unused ({}):", unused.len());
        for it in unused {
            let _ = writeln!(text, "{} => {} : {}", it.from, it.to, it.ports);
        }
    }
    let _ = writeln!(text, "\n{}", summary(map, judged));
    text
}

fn summary(map: &FlowMap<'_>, judged: &[Judged<'_>]) -> String {
    let mut summary = format!("{} edges from {} observed flows", judged.len(), map.flows());
    for (count, what) in [
        (map.unattributed(), "flows of nobody who is known"),
        (map.dropped(), "flows that did not fit"),
        (
            map.losses(),
            "intervals with lost events: what is absent may have been there",
        ),
    ] {
        if count > 0 {
            let _ = write!(summary, "; {count} {what}");
        }
    }
    summary
}

fn to_json(args: &Args, map: &FlowMap<'_>, judged: &[Judged<'_>]) -> anyhow::Result<String> {
    let document = json!({
        "version": 1,
        "flows": map.flows(),
        "unattributed": map.unattributed(),
        "dropped": map.dropped(),
        "losses": map.losses(),
        "edges": judged,
        "unused": if args.unused { map.unused() } else { Vec::new() },
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

fn dot(judged: &[Judged<'_>]) -> String {
    let mut text = "digraph network {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for Judged { edge, standing } in judged {
        let colour = match standing {
            Standing::ObservedButDenied => "red",
            Standing::Refused => "orange",
            Standing::Allowed => "darkgreen",
            _ => "gray40",
        };
        let quoted = |party: &Party| format!("{:?}", party.to_string());
        let _ = writeln!(
            text,
            "  {} -> {} [label=\"{} {}\", color={colour}];",
            quoted(&edge.from),
            quoted(&edge.to),
            edge.transport,
            edge.port
        );
    }
    text.push_str("}\n");
    text
}
