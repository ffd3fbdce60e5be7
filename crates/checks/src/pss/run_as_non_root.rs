//! Running as Non-root.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// Every container is refused where its image would start as root.
pub(crate) static CONTROL: Control = Control {
    id: "runAsNonRoot",
    title: "Running as Non-root",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: Version::minor(0),
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

const FIELD: &str = "securityContext.runAsNonRoot";

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    let inherited = pod.security.run_as_non_root;
    // Saying false is a violation even where every container says true.
    if inherited == Some(false) {
        violations.pod(pod.path(FIELD), "sets runAsNonRoot to false");
    }
    for container in &pod.containers {
        match container.security.run_as_non_root {
            Some(true) => {}
            Some(false) => violations.container(container, FIELD, "sets runAsNonRoot to false"),
            None if inherited == Some(true) => {}
            None => violations.container(container, FIELD, "does not set runAsNonRoot"),
        }
    }
}
