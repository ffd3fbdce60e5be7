//! AppArmor.

use catseye_model::pod::{APPARMOR_ANNOTATION, Profile};
use catseye_model::{Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// The runtime's AppArmor profile is not switched off.
pub(crate) static CONTROL: Control = Control {
    id: "appArmorProfile",
    title: "AppArmor",
    level: Level::Baseline,
    // The fields came with 1.30, but they are judged at every version.
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    if let Some(profile) = forbidden(pod.security.app_armor) {
        violations.pod(
            pod.path("securityContext.appArmorProfile.type"),
            format!("sets AppArmor profile {profile}"),
        );
    }
    for container in &pod.containers {
        if let Some(profile) = forbidden(container.security.app_armor) {
            violations.container(
                container,
                "securityContext.appArmorProfile.type",
                format!("sets AppArmor profile {profile}"),
            );
        }
    }
    // Every annotation counts, also one that names no container of the pod.
    for (key, value) in pod.metadata.entries("annotations") {
        let Some(container) = key.strip_prefix(APPARMOR_ANNOTATION) else {
            continue;
        };
        let profile = value.as_str().unwrap_or_default();
        let allowed =
            profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/");
        if !allowed {
            violations.pod(
                pod.metadata_path("annotations").key(key),
                format!("sets AppArmor profile {profile} for container {container}"),
            );
        }
    }
}

fn forbidden(profile: Option<Profile<'_>>) -> Option<&str> {
    profile
        .map(|profile| profile.kind)
        .filter(|kind| !matches!(*kind, "RuntimeDefault" | "Localhost"))
}
