//! `/proc` Mount Type, baseline.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// `/proc` keeps its masks, unless root in the pod is nobody on the node.
pub(crate) static CONTROL: Control = Control {
    id: "procMount",
    title: "/proc Mount Type",
    level: Level::Baseline,
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

pub(super) fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        if let Some(kind) = container
            .security
            .proc_mount
            .filter(|kind| *kind != "Default")
        {
            violations.container(
                container,
                "securityContext.procMount",
                format!("mounts /proc as {kind}"),
            );
        }
    }
}
