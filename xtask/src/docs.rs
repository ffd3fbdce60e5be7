//! The reference pages under `docs/`, written from the program itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use catseye_checks::framework::{self, Framework, frameworks};
use catseye_checks::{AREAS, Check, Run};

use crate::project_root;

/// Write the reference pages under docs/
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when a page is not current
    #[arg(long)]
    check: bool,
}

/// The first line of every page.
const MARK: &str = "<!-- Written by `cargo xtask docs`; do not edit. -->\n\n";

pub(crate) fn run(args: &Args) -> Result<()> {
    let Args { check } = args;
    let stale = stale_pages()?;
    if *check {
        if !stale.is_empty() {
            let names: Vec<String> = stale
                .iter()
                .map(|(path, _)| path.display().to_string())
                .collect();
            bail!("run `cargo xtask docs`; not current: {}", names.join(", "));
        }
        return Ok(());
    }
    for (path, text) in stale {
        let path = project_root().join(path);
        match text {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
                fs::write(&path, text)
                    .with_context(|| format!("failed to write {}", path.display()))?;
            }
            None => fs::remove_file(&path)
                .with_context(|| format!("failed to remove {}", path.display()))?,
        }
    }
    Ok(())
}

/// Pages whose file differs, each with the text that belongs there; `None` for a file that no longer
/// belongs there at all.
pub(crate) fn stale_pages() -> Result<Vec<(PathBuf, Option<String>)>> {
    let pages = pages();
    let mut stale = Vec::new();
    for (path, text) in &pages {
        let current = fs::read_to_string(project_root().join(path)).unwrap_or_default();
        if current != *text {
            stale.push((path.clone(), Some(text.clone())));
        }
    }
    for folder in ["docs/checks", "docs/frameworks", "docs/detections"] {
        let Ok(entries) = project_root().join(folder).read_dir() else {
            continue;
        };
        for entry in entries {
            let path = Path::new(folder).join(entry?.file_name());
            if !pages.contains_key(&path) {
                stale.push((path, None));
            }
        }
    }
    Ok(stale)
}

fn pages() -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::new();
    for check in catseye_checks::all() {
        pages.insert(
            PathBuf::from(format!("docs/checks/{}.md", check.id)),
            check_page(check),
        );
    }
    for framework in frameworks() {
        let path = format!("docs/frameworks/{}.md", framework.id);
        pages.insert(PathBuf::from(path), framework_page(framework));
    }
    pages.extend(crate::detection_pages::pages(MARK));
    pages.insert("docs/checks/README.md".into(), checks_page());
    pages.insert("docs/frameworks/README.md".into(), frameworks_page());
    pages.insert("docs/cli.md".into(), cli_page());
    pages.insert("docs/openapi.json".into(), openapi());
    pages.insert(
        "docs/config.schema.json".into(),
        catseye_hub::config::Config::schema(),
    );
    pages
}

fn check_page(check: &Check) -> String {
    let mut page = format!(
        "{MARK}# {} {}\n\n`{}` · severity **{}** · judges {}\n\n{}\n\n## Fix\n\n{}\n",
        check.id,
        check.title(),
        check.name(),
        check.severity,
        judged(check),
        check.explanation(),
        check.fix(),
    );
    let memberships = framework::controls_of(check);
    if !memberships.is_empty() {
        page.push_str("\n## Controls\n\n");
        for member in memberships {
            let (framework, control) = (member.framework, member.control);
            let _ = writeln!(
                page,
                "- [{}](../frameworks/{}.md) {} {}",
                framework.title, framework.id, control.id, control.title
            );
        }
    }
    for (title, manifests) in [("Fails", check.fails), ("Passes", check.passes)] {
        let _ = write!(page, "\n## {title}\n");
        for manifest in manifests {
            let _ = write!(page, "\n```yaml\n{}\n```\n", manifest.trim());
        }
    }
    page
}

fn judged(check: &Check) -> String {
    match check.run {
        Run::Pods(_) => "every workload".to_owned(),
        Run::ObjectsWhere(words, ..) => words.to_owned(),
        Run::AnyObject(_) => "every object".to_owned(),
        Run::Objects(kinds, _) => {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            names.join(", ")
        }
    }
}

fn checks_page() -> String {
    let count = catseye_checks::all().count();
    let mut page = format!(
        "{MARK}# The checks\n\n{count} checks in {} areas.\n",
        AREAS.len()
    );
    for area in AREAS {
        let _ = write!(
            page,
            "\n## {}\n\n| id | severity | |\n|---|---|---|\n",
            area.title
        );
        for check in area.checks {
            let (id, severity, title) = (check.id, check.severity, check.title());
            let _ = writeln!(page, "| [{id}]({id}.md) | {severity} | {title} |");
        }
    }
    page
}

fn frameworks_page() -> String {
    let mut page = format!(
        "{MARK}# Frameworks\n\nA control is covered when at least one check stands behind it; each \
         page names the rest with the reason.\n\n| framework | covered | of |\n|---|---|---|\n"
    );
    for framework in frameworks() {
        let coverage = framework.coverage();
        let _ = writeln!(
            page,
            "| [{} {}]({}.md) | {} | {} |",
            framework.title, framework.version, framework.id, coverage.covered, coverage.controls
        );
    }
    page
}

fn framework_page(framework: &Framework) -> String {
    let mut page = format!(
        "{MARK}# {} {}\n\n`catseye scan --framework {}` · <{}>\n\n| control | | covered by |\n\
         |---|---|---|\n",
        framework.title, framework.version, framework.id, framework.url
    );
    for control in &framework.controls {
        let links: Vec<String> = control
            .checks
            .iter()
            .map(|check| format!("[{0}](../checks/{0}.md)", check.id))
            .collect();
        let coverage = match &control.not_covered {
            Some(reason) if links.is_empty() => format!("*{reason}*"),
            _ => links.join(" "),
        };
        let _ = writeln!(page, "| {} | {} | {coverage} |", control.id, control.title);
    }
    page
}

/// The API of the hub; JSON knows no comments, so the mark is missing here.
fn openapi() -> String {
    let mut text = catseye_hub::api::openapi()
        .to_pretty_json()
        .expect("a document of plain fields is JSON");
    text.push('\n');
    text
}

fn cli_page() -> String {
    let mut command = catseye_cli::command().term_width(100);
    command.build();
    let mut page = format!("{MARK}# Command line\n");
    section(&mut page, &command, "catseye");
    page
}

/// The help of a command, then of those below it.
fn section(page: &mut String, command: &clap::Command, name: &str) {
    let help = command
        .clone()
        .disable_help_subcommand(true)
        .render_long_help();
    let help: Vec<String> = help
        .to_string()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    let help = help.join("\n");
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.trim());
    for below in command.get_subcommands() {
        if below.get_name() != "help" {
            section(page, below, &format!("{name} {}", below.get_name()));
        }
    }
}
