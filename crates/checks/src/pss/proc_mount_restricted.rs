//! `/proc` Mount Type, restricted.

use catseye_model::Version;

use super::{Control, Level, Revision, proc_mount_baseline};

/// `/proc` keeps its masks, in every pod.
pub(crate) static CONTROL: Control = Control {
    id: "procMount_restricted",
    title: "/proc Mount Type",
    level: Level::Restricted,
    revisions: &[Revision {
        since: Version::minor(35),
        find: proc_mount_baseline::find,
    }],
    overrides: Some(&proc_mount_baseline::CONTROL),
};
