//! `catseye frameworks`: the compliance frameworks and what covers each control.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use catseye_checks::framework::{Framework, frameworks};

use crate::output::styled;

/// List the compliance frameworks, or the controls of one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The framework whose controls to list, such as cis-1.12
    framework: Option<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args { framework } = args;
    let text = match framework {
        Some(id) => controls(crate::checks::find_framework(id)?),
        None => list(),
    };
    crate::output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn list() -> String {
    let mut text = String::new();
    for framework in frameworks() {
        let coverage = framework.coverage();
        let _ = writeln!(
            text,
            "{:<26}  {:>3} of {:>3} controls covered  {} {}",
            framework.id, coverage.covered, coverage.controls, framework.title, framework.version,
        );
    }
    text.push_str("\n`catseye frameworks ID` lists the controls; `catseye scan --framework ID` scans by one\n");
    text
}

fn controls(framework: &Framework) -> String {
    let bold = Style::new().bold();
    let mut text = format!("{}  {}\n\n", styled(bold, &framework.title), framework.url);
    for control in &framework.controls {
        let covered: Vec<&str> = control.checks.iter().map(|check| check.id).collect();
        let coverage = match &control.not_covered {
            Some(reason) if covered.is_empty() => format!("not covered: {reason}"),
            _ => covered.join(" "),
        };
        let _ = writeln!(
            text,
            "{}  {}\n        {coverage}",
            styled(bold, &control.id),
            control.title
        );
    }
    text
}
