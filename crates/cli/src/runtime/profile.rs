//! Profiles of containers in files.

use std::path::Path;

use anyhow::Context as _;
use catseye_detect::profile::{Mode, Profiles};

/// Reads a file that `--write-profile` wrote.
pub(super) fn read(file: &Path) -> anyhow::Result<Profiles> {
    let failed = || format!("failed to read {}", file.display());
    let text = std::fs::read_to_string(file).with_context(failed)?;
    Profiles::from_json(&text).with_context(failed)
}

/// Writes what was learned, and says how much has enough evidence.
pub(super) fn write(file: &Path, profiles: &mut Profiles) -> anyhow::Result<()> {
    profiles.promote();
    let text = profiles.to_json()?;
    std::fs::write(file, text).with_context(|| format!("failed to write {}", file.display()))?;
    let count = profiles.iter().count();
    let alerting = profiles
        .iter()
        .filter(|(_, profile)| profile.mode >= Mode::Alert)
        .count();
    anstream::eprintln!(
        "{count} profiles written to {}; {alerting} have enough evidence to alert",
        file.display()
    );
    Ok(())
}
