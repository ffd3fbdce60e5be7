//! `catseye explain ID`.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::bail;
use catseye_checks::{Check, framework};

use crate::output::styled;

/// Explain a check: what it finds, what an attacker gains, how to mend it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The check's id or name, such as POD-001 or privileged-container
    check: String,
    /// Also show manifests that fail and that pass
    #[arg(long)]
    examples: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        check: wanted,
        examples,
    } = args;
    let Some(check) = catseye_checks::find(wanted) else {
        let similar: Vec<String> = catseye_checks::all()
            .filter(|check| {
                let wanted = wanted.to_lowercase();
                check.name().contains(&wanted) || check.title().to_lowercase().contains(&wanted)
            })
            .take(5)
            .map(|check| format!("{} {}", check.id, check.name()))
            .collect();
        if similar.is_empty() {
            bail!("no check is called {wanted:?}; `catseye checks` lists them");
        }
        bail!(
            "no check is called {wanted:?}; did you mean {}?",
            similar.join(", ")
        );
    };
    crate::output::print(&explained(check, *examples))?;
    Ok(ExitCode::SUCCESS)
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
