//! Capabilities, baseline.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// Only capabilities that runtimes grant anyway may be added, without `NET_RAW`.
pub(crate) static CONTROL: Control = Control {
    id: "capabilities_baseline",
    title: "Capabilities",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

/// What may be added.
pub(crate) const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        for (index, capability) in container.security.added_capabilities().enumerate() {
            if !ALLOWED.contains(&capability) {
                let path = container
                    .path("securityContext.capabilities.add")
                    .index(index);
                violations.container_at(container, path, format!("adds capability {capability}"));
            }
        }
    }
}
