//! Which checks a scan runs.

use anyhow::bail;
use catseye_checks::framework::Framework;
use catseye_checks::{AREAS, Check};

/// The checks behind the frameworks (all without one), narrowed to `only` and without `skipped`.
pub(super) fn selected(
    frameworks: &[&'static Framework],
    only: &[String],
    skipped: &[String],
) -> anyhow::Result<Vec<&'static Check>> {
    let only = only
        .iter()
        .map(|word| named(word))
        .collect::<anyhow::Result<Vec<_>>>()?
        .concat();
    let skipped = skipped
        .iter()
        .map(|word| named(word))
        .collect::<anyhow::Result<Vec<_>>>()?
        .concat();
    let holds = |list: &[&Check], check: &Check| list.iter().any(|other| other.id == check.id);
    let checks: Vec<&'static Check> = catseye_checks::all()
        .filter(|check| {
            frameworks.is_empty()
                || frameworks
                    .iter()
                    .any(|framework| framework.controls.iter().any(|control| control.has(check)))
        })
        .filter(|check| only.is_empty() || holds(&only, check))
        .filter(|check| !holds(&skipped, check))
        .collect();
    if checks.is_empty() {
        bail!("no check is left to run; look at --framework, --check and --skip-check");
    }
    Ok(checks)
}

fn named(word: &str) -> anyhow::Result<Vec<&'static Check>> {
    if let Some(check) = catseye_checks::find(word) {
        return Ok(vec![check]);
    }
    match AREAS
        .iter()
        .find(|area| area.name == word || area.prefix == word)
    {
        Some(area) => Ok(area.checks.to_vec()),
        None => bail!("no check or area is called {word:?}; `catseye checks` lists them"),
    }
}
