//! Privileged Containers.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// No container runs privileged.
pub(crate) static CONTROL: Control = Control {
    id: "privileged",
    title: "Privileged Containers",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        if container.security.privileged == Some(true) {
            violations.container(container, "securityContext.privileged", "runs privileged");
        }
    }
}
