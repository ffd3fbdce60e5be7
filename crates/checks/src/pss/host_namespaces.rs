//! Host Namespaces.

use catseye_model::{Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// The pod shares no namespace of its node.
pub(crate) static CONTROL: Control = Control {
    id: "hostNamespaces",
    title: "Host Namespaces",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

const NAMESPACES: [(&str, &str); 3] = [
    ("hostNetwork", "shares the node's network"),
    ("hostPID", "sees the node's processes"),
    ("hostIPC", "shares the node's inter-process communication"),
];

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for (field, message) in NAMESPACES {
        if pod.spec.flag(field) == Some(true) {
            violations.pod(pod.path(field), message);
        }
    }
}
