//! Running as Non-root user.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// No user id is 0.
pub(crate) static CONTROL: Control = Control {
    id: "runAsUser",
    title: "Running as Non-root user",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: Version::minor(23),
            find,
        },
        Revision {
            since: Version::minor(35),
            find: |pod, violations| {
                if !pod.own_user_namespace() {
                    find(pod, violations);
                }
            },
        },
    ],
    overrides: None,
};

const FIELD: &str = "securityContext.runAsUser";

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    if pod.security.run_as_user == Some(0) {
        violations.pod(pod.path(FIELD), "runs as user 0");
    }
    for container in &pod.containers {
        if container.security.run_as_user == Some(0) {
            violations.container(container, FIELD, "runs as user 0");
        }
    }
}
