//! Seccomp, restricted.

use catseye_model::{PodView, Version};

use super::seccomp_baseline::{self, FIELD, confines, message};
use super::{Control, Level, Revision, Violations};

/// Every container has a seccomp profile, its own or the pod's.
pub(crate) static CONTROL: Control = Control {
    id: "seccompProfile_restricted",
    title: "Seccomp",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: Version::minor(19),
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
    overrides: Some(&seccomp_baseline::CONTROL),
};

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    let inherited = match pod.security.seccomp {
        Some(profile) if !confines(&profile) => {
            violations.pod(pod.path(FIELD), message(&profile));
            false
        }
        profile => profile.is_some(),
    };
    for container in &pod.containers {
        match container.security.seccomp {
            Some(profile) if confines(&profile) => {}
            Some(profile) => violations.container(container, FIELD, message(&profile)),
            None if inherited => {}
            None => violations.container(
                container,
                "securityContext.seccompProfile",
                "has no seccomp profile",
            ),
        }
    }
}
