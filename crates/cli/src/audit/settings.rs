//! What `catseye audit` is told beside the logs: `catseye.toml`, lists of addresses, exceptions.

use std::path::Path;

use anyhow::{Context as _, bail};
use catseye_checks::Config as ChecksConfig;
use catseye_detect::Settings;

/// Reads `[audit]` and `[runtime]` of the file; `catseye.toml` of the current folder where there is one and none is
/// named.
pub(super) fn read(file: Option<&Path>) -> anyhow::Result<Settings> {
    let default = Path::new("catseye.toml");
    let file = match file {
        Some(file) => file,
        None if default.is_file() => default,
        None => return Ok(Settings::default()),
    };
    let failed = || format!("failed to read {}", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    // The other tables are not ours, but a misspelt `[audit]` is one of them.
    ChecksConfig::from_toml(&text).with_context(failed)?;
    let mut settings = Settings::from_toml(&text).with_context(failed)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    for name in settings.malicious_files.clone() {
        let list = folder.join(name);
        let added = settings.add_malicious(&read_list(&list)?);
        added.with_context(|| format!("failed to read {}", list.display()))?;
    }
    for name in settings.anonymisers_files.clone() {
        let list = folder.join(name);
        let added = settings.add_anonymisers(&read_list(&list)?);
        added.with_context(|| format!("failed to read {}", list.display()))?;
    }
    for name in settings.intel_files.clone() {
        let path = folder.join(&name);
        let text = read_list(&path)?;
        let modified = path.metadata().and_then(|it| it.modified()).ok();
        let modified = modified.and_then(|it| jiff::Timestamp::try_from(it).ok());
        let added = settings.intel.add(&name, &text, modified);
        added.with_context(|| format!("failed to read {}", path.display()))?;
    }
    Ok(settings)
}

fn read_list(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read {}", file.display()))?;
    if text.trim().is_empty() {
        bail!(
            "{} is empty: a list of addresses, one a line, is expected",
            file.display()
        );
    }
    Ok(text)
}
