//! HostProcess.

use catseye_model::Value;
use catseye_model::{Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// No Windows container runs as a process of its node.
pub(crate) static CONTROL: Control = Control {
    id: "windowsHostProcess",
    title: "HostProcess",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

const FIELD: &str = "securityContext.windowsOptions.hostProcess";

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    if is_host_process(pod.security.value) {
        violations.pod(pod.path(FIELD), "runs as a process of the Windows node");
    }
    for container in &pod.containers {
        if is_host_process(container.security.value) {
            violations.container(container, FIELD, "runs as a process of the Windows node");
        }
    }
}

fn is_host_process(security_context: &Value) -> bool {
    security_context.flag("windowsOptions.hostProcess") == Some(true)
}
