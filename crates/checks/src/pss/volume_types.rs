//! Volume Types.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations, host_path_volumes};

/// Volumes are of the kinds that stay within the pod or behind a claim.
pub(crate) static CONTROL: Control = Control {
    id: "restrictedVolumes",
    title: "Volume Types",
    level: Level::Restricted,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: Some(&host_path_volumes::CONTROL),
};

/// The kinds that may be used; `image`, which came with 1.31, is allowed at every version.
const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for volume in pod.volumes() {
        // The API server makes an emptyDir of a volume without source.
        let Some(first) = volume.sources().next() else {
            continue;
        };
        if !volume.sources().any(|source| ALLOWED.contains(&source)) {
            violations.pod(
                volume.path(first),
                format!("volume {} is of type {first}", volume.name),
            );
        }
    }
}
