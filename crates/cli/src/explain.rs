//! `catseye explain ID`, for checks, for detections and for the edges of attack paths.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::bail;
use catseye_checks::{Check, framework};
use catseye_detect::about::About;
use catseye_detect::audit::{self, Rule};
use catseye_detect::runtime;
use catseye_graph::edge::{self, EdgeKind};

use crate::output::styled;

/// Explain a check, a detection or an edge of attack paths: what it finds, what an attacker gains, what to do
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The id or name, such as POD-001, privileged-container, AUD-035 or `POD_EXEC`
    check: String,
    /// Also show manifests that fail and that pass (that have the edge and lack it), or events that it
    /// fires on and not
    #[arg(long)]
    examples: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        check: wanted,
        examples,
    } = args;
    // A check and a detection may share a name; the check, which is older, keeps it.
    if let Some(check) = catseye_checks::find(wanted) {
        crate::output::print(&explained(check, *examples))?;
    } else if let Some(rule) = audit::find(wanted) {
        crate::output::print(&rule_explained(rule, *examples))?;
    } else if let Some(rule) = runtime::find(wanted) {
        crate::output::print(&runtime_rule_explained(rule, *examples))?;
    } else if let Some(kind) = edge::find(wanted) {
        crate::output::print(&edge_explained(kind, *examples))?;
    } else {
        let similar = similar(wanted);
        if similar.is_empty() {
            bail!("no check is called {wanted:?}; `catseye checks` lists them");
        }
        bail!(
            "no check is called {wanted:?}; did you mean {}?",
            similar.join(", ")
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Up to five checks and detections whose names or titles hold the word.
fn similar(wanted: &str) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let checks = catseye_checks::all().map(|check| (check.id, check.name(), check.title()));
    let rules = audit::all().map(|rule| (rule.id, rule.name(), rule.title()));
    let runtime = runtime::all().map(|rule| (rule.id, rule.name(), rule.title()));
    checks
        .chain(rules)
        .chain(runtime)
        .filter(|(_, name, title)| name.contains(&wanted) || title.to_lowercase().contains(&wanted))
        .take(5)
        .map(|(id, name, _)| format!("{id} {name}"))
        .collect()
}

fn rule_explained(rule: &Rule, examples: bool) -> String {
    let bold = Style::new().bold();
    let mut text = about(rule);
    let _ = writeln!(text, "{}", styled(bold, "Looks at"));
    for (verbs, resources) in rule.on {
        let _ = writeln!(text, "  {verbs}  {}", resources.join(", "));
    }
    if !rule.needs.is_empty() {
        let needs: Vec<&str> = rule.needs.iter().map(|aspect| aspect.name()).collect();
        let _ = writeln!(text, "\n{} {}", styled(bold, "Needs"), needs.join(", "));
    }
    for given in rule.given {
        let _ = writeln!(text, "\n{} {}", styled(bold, "Asks for"), given.words());
    }
    if examples {
        fixtures(&mut text, rule);
    }
    text
}

fn runtime_rule_explained(rule: &runtime::Rule, examples: bool) -> String {
    let bold = Style::new().bold();
    let mut text = about(rule);
    let (title, kinds) = (styled(bold, "Looks at"), rule.on.join(", "));
    let _ = writeln!(text, "{title} runtime events: {kinds}");
    for needs in rule.needs {
        let _ = writeln!(text, "\n{} {}", styled(bold, "Asks for"), needs.words());
    }
    if examples {
        fixtures(&mut text, rule);
    }
    text
}

fn about(rule: &About) -> String {
    let bold = Style::new().bold();
    format!(
        "{}  {}\n{}, severity {}, {} ({})\n\n{}\n\n{} {}\n\n{} {}\n\n",
        styled(bold, rule.id),
        styled(bold, rule.title()),
        rule.name(),
        rule.severity,
        rule.technique,
        rule.tactic,
        rule.explanation(),
        styled(bold, "Benign:"),
        rule.false_positives(),
        styled(bold, "Respond:"),
        rule.response(),
    )
}

fn fixtures(text: &mut String, rule: &About) {
    let bold = Style::new().bold();
    for (title, fixtures) in [("Fires", rule.fires), ("Keeps quiet", rule.quiet)] {
        for fixture in fixtures {
            let _ = writeln!(text, "\n{}\n{}", styled(bold, title), fixture.trim());
        }
    }
}

fn edge_explained(kind: &EdgeKind, examples: bool) -> String {
    let bold = Style::new().bold();
    let versions = match (kind.since, kind.until) {
        (None, None) => "all versions of Kubernetes".to_owned(),
        (Some(since), None) => format!("Kubernetes {since} and newer"),
        (None, Some(until)) => format!("Kubernetes before {until}"),
        (Some(since), Some(until)) => format!("Kubernetes {since} to before {until}"),
    };
    let mut text = format!(
        "{}  {}\nedge of attack paths, ATT&CK {}, works in {} of 100 cases, {versions}\n\n{}\n\n{} {}\n\n{} {}\n",
        styled(bold, kind.id),
        styled(bold, kind.title()),
        kind.attack,
        kind.success,
        kind.precondition(),
        styled(bold, "Fix:"),
        kind.fix(),
        styled(bold, "Trace:"),
        kind.trace,
    );
    if examples {
        for (title, manifests) in [("Has it", kind.has), ("Lacks it", kind.lacks)] {
            for manifest in manifests {
                let _ = writeln!(text, "\n{}\n{}", styled(bold, title), manifest.trim());
            }
        }
    }
    text
}

fn explained(check: &Check, examples: bool) -> String {
    let bold = Style::new().bold();
    let mut text = format!(
        "{}  {}\n{}, severity {}\n\n{}\n\n{} {}\n",
        styled(bold, check.id),
        styled(bold, check.title()),
        check.name(),
        check.severity,
        check.explanation(),
        styled(bold, "Fix:"),
        check.fix(),
    );
    let memberships = framework::controls_of(check);
    if !memberships.is_empty() {
        let _ = writeln!(text, "\n{}", styled(bold, "Controls"));
        for member in memberships {
            let (framework, control) = (member.framework, member.control);
            let _ = writeln!(text, "  {} {}  {}", framework.id, control.id, control.title);
        }
    }
    if examples {
        for (title, manifests) in [("Fails", check.fails), ("Passes", check.passes)] {
            for manifest in manifests {
                let _ = writeln!(text, "\n{}\n{}", styled(bold, title), manifest.trim());
            }
        }
    }
    text
}
