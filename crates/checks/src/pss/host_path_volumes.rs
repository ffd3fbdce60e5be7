//! HostPath Volumes.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// No volume is a part of the node's file system.
pub(crate) static CONTROL: Control = Control {
    id: "hostPathVolumes",
    title: "HostPath Volumes",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for volume in pod.volumes() {
        if let Some(path) = volume.host_path() {
            violations.pod(
                volume.path("hostPath"),
                format!("volume {} is {path} of the node", volume.name),
            );
        }
    }
}
