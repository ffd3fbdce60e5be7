//! `--probe`: what this kernel takes.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use catseye_sensor::kernel::{Attachment, Outcome, Sensor, Settings};

use super::Args;
use crate::output;

/// Loads everything once, and takes it out again.
pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let settings = Settings {
        capabilities: true,
        calls: true,
        ..Settings::default()
    };
    let sensor = Sensor::start(settings, super::local::teller(args))
        .context("the kernel takes no programs; `--local` would look at /proc instead")?;
    let hierarchy = sensor.hierarchy();
    let version = if hierarchy.is_v2() {
        "version 2"
    } else {
        "version 1: connections are not told apart by container"
    };
    let mut text = table(sensor.attachments());
    let _ = writeln!(text, "cgroups: {} ({version})", hierarchy.root.display());
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn table(attachments: &[Attachment]) -> String {
    let mut text = String::new();
    for Attachment { hook, outcome } in attachments {
        let outcome = match outcome {
            Outcome::Attached => "attached".to_owned(),
            Outcome::Refused(reason) => format!("refused: {reason}"),
            Outcome::NotAsked => "not asked for".to_owned(),
        };
        let place = hook.place.to_string();
        let tier = hook.tier.to_string();
        let _ = writeln!(text, "{tier:12} {place:36} {:50} {outcome}", hook.tells);
    }
    text
}
