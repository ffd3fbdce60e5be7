//! `catseye checks`: the catalogue.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::Style;
use anyhow::anyhow;
use catseye_checks::framework::Framework;
use catseye_checks::{AREAS, Check};
use catseye_model::Severity;
use clap::ValueEnum;
use serde_json::json;

use crate::output::styled;

/// List the checks
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only checks whose id, name or title holds this text
    text: Option<String>,
    /// Only checks of this area, such as workload or network
    #[arg(long)]
    area: Option<String>,
    /// Only checks behind a control of this framework
    #[arg(long)]
    framework: Option<String>,
    /// Only checks of at least this severity
    #[arg(long, value_name = "SEVERITY", default_value = "info")]
    min_severity: Severity,
    /// How to list them
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Args {
        text,
        area,
        framework,
        min_severity,
        format,
    } = args;
    let framework = framework.as_deref().map(find_framework).transpose()?;
    if let Some(area) = area
        && !AREAS.iter().any(|known| known.name == area)
    {
        let areas: Vec<&str> = AREAS.iter().map(|area| area.name).collect();
        return Err(anyhow!(
            "no area is called {area:?}; write one of {}",
            areas.join(", ")
        ));
    }
    let wanted = |check: &Check| {
        area.as_ref().is_none_or(|area| check.area() == area)
            && check.severity >= *min_severity
            && framework
                .is_none_or(|framework| framework.controls.iter().any(|control| control.has(check)))
            && text.as_ref().is_none_or(|text| {
                let text = text.to_lowercase();
                [
                    check.id.to_lowercase(),
                    check.name(),
                    check.title().to_lowercase(),
                ]
                .iter()
                .any(|field| field.contains(&text))
            })
    };
    let listed = catseye_checks::all().filter(|check| wanted(check));
    let output = match format {
        Format::Table => table(&listed.collect::<Vec<_>>()),
        Format::Json => {
            let checks: Vec<_> = listed
                .map(|check| {
                    json!({"id": check.id, "name": check.name(), "area": check.area(),
                        "severity": check.severity, "title": check.title()})
                })
                .collect();
            format!("{:#}\n", json!(checks))
        }
    };
    crate::output::print(&output)?;
    Ok(ExitCode::SUCCESS)
}

/// The framework of that id, or an error that lists those there are.
pub(crate) fn find_framework(id: &str) -> anyhow::Result<&'static Framework> {
    Framework::find(id).ok_or_else(|| {
        let known: Vec<&str> = catseye_checks::framework::frameworks()
            .iter()
            .map(|f| f.id.as_str())
            .collect();
        anyhow!(
            "no framework is called {id:?}; write one of {}",
            known.join(", ")
        )
    })
}

fn table(checks: &[&Check]) -> String {
    let mut text = String::new();
    for area in AREAS {
        let members: Vec<&&Check> = checks
            .iter()
            .filter(|check| check.area() == area.name)
            .collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{}", styled(Style::new().bold(), area.title));
        for check in members {
            let _ = writeln!(
                text,
                "  {:<8}  {:<8}  {}",
                check.id,
                check.severity,
                check.title()
            );
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "{} checks; `catseye explain ID` tells more",
        checks.len()
    );
    text
}
