//! Profiles of containers in files: what deviates from them, and what they learn.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Context as _;
use catseye_detect::profile::{Deviation, FacetKind, Mode, Profiles};
use catseye_detect::{Detection, Evidence, Tactic, Target};
use catseye_event::runtime::RuntimeEvent;
use catseye_model::Severity;

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

/// What an event that its container's profile does not know comes to.
pub(super) fn detection(deviation: &Deviation, event: &RuntimeEvent) -> Detection {
    let (title, tactic) = match deviation.facet {
        FacetKind::Process => ("A program it never ran", Tactic::Execution),
        FacetKind::File => ("A file it never touched", Tactic::Collection),
        FacetKind::Peer => ("A peer it never talked to", Tactic::CommandAndControl),
    };
    Detection {
        rule: Cow::Borrowed("profile"),
        title: Cow::Borrowed(title),
        severity: if deviation.mode == Mode::Enforce {
            Severity::High
        } else {
            Severity::Medium
        },
        tactic,
        technique: Cow::Borrowed(""),
        actor: event.subject.to_string(),
        impersonator: None,
        target: Target {
            verb: event.what.kind().to_owned(),
            resource: "pods".to_owned(),
            subresource: String::new(),
            namespace: event.subject.namespace.clone(),
            name: event.subject.pod.clone(),
        },
        event: event
            .process
            .as_ref()
            .map_or_else(String::new, |it| it.exec_id.0.clone()),
        time: event.time,
        message: deviation.receipt(),
        evidence: vec![Evidence {
            field: deviation.facet.as_str().to_owned(),
            value: deviation.value.clone(),
        }],
    }
}
