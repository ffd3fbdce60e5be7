//! Privilege Escalation.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// No process gains more privileges than its parent.
pub(crate) static CONTROL: Control = Control {
    id: "allowPrivilegeEscalation",
    title: "Privilege Escalation",
    level: Level::Restricted,
    revisions: &[
        // 1.8 brought the field.
        Revision {
            since: Version::minor(8),
            find,
        },
        Revision {
            since: Version::minor(25),
            find: |pod, violations| {
                if !pod.is_windows() {
                    find(pod, violations);
                }
            },
        },
    ],
    overrides: None,
};

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        let message = match container.security.allow_privilege_escalation {
            Some(false) => continue,
            Some(true) => "allows privilege escalation",
            None => "does not forbid privilege escalation",
        };
        violations.container(
            container,
            "securityContext.allowPrivilegeEscalation",
            message,
        );
    }
}
