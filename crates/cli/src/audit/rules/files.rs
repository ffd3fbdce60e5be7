//! Files of rules: which to read, and what is wrong with them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use catseye_report::scan::{Level as NoticeLevel, Notice, NoticeKind};
use catseye_rules::{Level, Problem, RuleSet, Source};

use crate::output;

/// Rules to use beside the built-in ones.
#[derive(Debug, clap::Args)]
pub(crate) struct RuleArgs {
    /// Your own rules, beside the built-in ones: Sigma, Falco (`k8s_audit`) or kAudit files, or a folder
    /// of them; may be given several times
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
}

impl RuleArgs {
    /// The rules; none when none were asked for.
    pub(crate) fn load(&self) -> anyhow::Result<Option<RuleSet>> {
        if self.rules.is_empty() {
            return Ok(None);
        }
        load(&self.rules).map(Some)
    }
}

/// Reads files and folders, in their order; files of a folder by name.
pub(super) fn load(paths: &[PathBuf]) -> anyhow::Result<RuleSet> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            below(path, &mut files)?;
            if files.len() == before {
                bail!("{} holds no rules: no .yml or .yaml files", path.display());
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut sources = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("failed to read {}", file.display()))?;
        sources.push(Source {
            name: file.display().to_string(),
            text,
        });
    }
    Ok(RuleSet::load(&sources))
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let failed = || format!("failed to list {}", folder.display());
    let mut entries = Vec::new();
    for entry in folder.read_dir().with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // A link may lead back up; what it leads to can be named itself.
        let is_link = entry.file_type().with_context(failed)?.is_symlink();
        let leads_away = is_link && entry.path().is_dir();
        if !is_hidden && !leads_away {
            entries.push(entry.path());
        }
    }
    entries.sort();
    for path in entries {
        let is_rules = path
            .extension()
            .is_some_and(|ending| ending == "yml" || ending == "yaml");
        if path.is_dir() {
            below(&path, files)?;
        } else if is_rules {
            files.push(path);
        }
    }
    Ok(())
}

/// Says on standard error what is wrong with rules. True when all can be used.
pub(crate) fn tell(set: &RuleSet) -> bool {
    let mut passed_over = 0;
    for problem in &set.problems {
        match problem.level {
            Level::Note => passed_over += 1,
            Level::Error | Level::Warning => output::tell(&notice(problem)),
        }
    }
    if passed_over > 0 {
        anstream::eprintln!(
            "{passed_over} rules are passed over: for other sources or switched off; `catseye audit rules check` lists them"
        );
    }
    !set.has_errors()
}

fn notice(problem: &Problem) -> Notice {
    let rule = problem.rule.as_ref();
    let rule = rule.map_or_else(String::new, |rule| format!("rule {rule:?}: "));
    Notice {
        level: if problem.level == Level::Error {
            NoticeLevel::Error
        } else {
            NoticeLevel::Warning
        },
        kind: NoticeKind::Unreadable,
        file: Some(problem.file.clone()),
        line: (problem.line > 0).then_some(problem.line),
        column: None,
        message: format!("{rule}{}", problem.message),
    }
}
