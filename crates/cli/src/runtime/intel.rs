//! Lists of bad addresses and domains from files, and how old they are.

use std::path::PathBuf;

use anyhow::Context as _;
use catseye_detect::intel::{Intel, List};
use jiff::Timestamp;

use crate::output::WARNING;

/// A list is old when it is older than so many days.
const OLD_DAYS: i64 = 30;

/// Reads the lists, and says on standard error what is in them and how old they are.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<Intel> {
    let mut intel = Intel::default();
    let now = Timestamp::now();
    for file in files {
        let failed = || format!("failed to read {}", file.display());
        let text = std::fs::read_to_string(file).with_context(failed)?;
        // A list that does not say when it was made is as old as its file.
        let modified = file.metadata().and_then(|it| it.modified()).ok();
        let modified = modified.and_then(|it| Timestamp::try_from(it).ok());
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let list = intel.add(&name, &text, modified).with_context(failed)?;
        tell(list, now);
    }
    Ok(intel)
}

fn tell(list: &List, now: Timestamp) {
    let age = list.age_days(now);
    let words = match age {
        Some(0) => "of today".to_owned(),
        Some(1) => "1 day old".to_owned(),
        Some(days) => format!("{days} days old"),
        None => "of unknown age".to_owned(),
    };
    anstream::eprintln!(
        "{}: {} addresses and {} domains, {words} ({}; {} passed over, {} lines not understood)",
        list.name,
        list.addresses,
        list.domains,
        list.format.as_str(),
        list.passed_over,
        list.unreadable,
    );
    if age.is_some_and(|days| days > OLD_DAYS) {
        anstream::eprintln!(
            "{}: {} is {words}: addresses change hands, fetch it anew",
            WARNING.render_word(),
            list.name
        );
    }
}
