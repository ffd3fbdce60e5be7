//! Host Ports.

use catseye_model::{PodView, Version};

use super::{Control, Level, Revision, Violations};

/// No container takes a port of its node.
pub(crate) static CONTROL: Control = Control {
    id: "hostPorts",
    title: "Host Ports",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(0),
        find,
    }],
    overrides: None,
};

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        for port in container.ports() {
            if let Some(number) = port.host_port.filter(|number| *number != 0) {
                let path = container.path("ports").index(port.index).join("hostPort");
                violations.container_at(
                    container,
                    path,
                    format!("takes port {number} of the node"),
                );
            }
        }
    }
}
