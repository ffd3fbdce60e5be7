//! Seccomp, baseline.

use catseye_model::pod::Profile;
use catseye_model::{Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// Seccomp is not switched off.
pub(crate) static CONTROL: Control = Control {
    id: "seccompProfile_baseline",
    title: "Seccomp",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: Version::minor(0),
            find: find_in_annotations,
        },
        Revision {
            since: Version::minor(19),
            find: find_in_fields,
        },
    ],
    overrides: None,
};

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

fn find_in_annotations(pod: &PodView<'_>, violations: &mut Violations) {
    for (key, value) in pod.metadata.entries("annotations") {
        let concerned = key == POD_ANNOTATION
            || key
                .strip_prefix(CONTAINER_ANNOTATION)
                .is_some_and(|name| pod.containers.iter().any(|c| c.name == name));
        let profile = value.as_str().unwrap_or_default();
        let allowed = matches!(profile, "runtime/default" | "docker/default")
            || profile.starts_with("localhost/");
        if concerned && !allowed {
            violations.pod(
                pod.metadata_path("annotations").key(key),
                format!("sets seccomp profile {profile:?}"),
            );
        }
    }
}

fn find_in_fields(pod: &PodView<'_>, violations: &mut Violations) {
    if let Some(profile) = pod.security.seccomp.filter(|profile| !confines(profile)) {
        violations.pod(pod.path(FIELD), message(&profile));
    }
    for container in &pod.containers {
        let profile = container.security.seccomp;
        if let Some(profile) = profile.filter(|profile| !confines(profile)) {
            violations.container(container, FIELD, message(&profile));
        }
    }
}

pub(super) const FIELD: &str = "securityContext.seccompProfile.type";

pub(super) fn confines(profile: &Profile<'_>) -> bool {
    matches!(profile.kind, "RuntimeDefault" | "Localhost")
}

pub(super) fn message(profile: &Profile<'_>) -> String {
    if profile.kind.is_empty() {
        "sets a seccomp profile without type".to_owned()
    } else {
        format!("sets seccomp profile {}", profile.kind)
    }
}
