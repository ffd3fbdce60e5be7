//! Capabilities, restricted.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations, capabilities_baseline};

/// Containers drop all capabilities and add back `NET_BIND_SERVICE` at most.
pub(crate) static CONTROL: Control = Control {
    id: "capabilities_restricted",
    title: "Capabilities",
    level: Level::Restricted,
    revisions: &[
        Revision {
            since: Version::minor(22),
            find,
        },
        Revision {
            since: Version::minor(25),
            find: find_on_linux,
        },
    ],
    overrides: Some(&capabilities_baseline::CONTROL),
};

fn find_on_linux(pod: &PodView<'_>, violations: &mut Violations) {
    if !pod.is_windows() {
        find(pod, violations);
    }
}

// The comparison is exact: `drop: [all]` works with most runtimes, but is not admitted.
fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        let security = &container.security;
        if !security.dropped_capabilities().any(|name| name == "ALL") {
            violations.container(
                container,
                "securityContext.capabilities.drop",
                "does not drop ALL capabilities",
            );
        }
        for (index, capability) in security.added_capabilities().enumerate() {
            if capability != "NET_BIND_SERVICE" {
                let path = container
                    .path("securityContext.capabilities.add")
                    .index(index);
                violations.container_at(container, path, format!("adds capability {capability}"));
            }
        }
    }
}
