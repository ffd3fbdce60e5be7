//! Host Probes and Lifecycle Hooks.

use catseye_model::{Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// Probes and hooks, which the kubelet runs from the node's network, reach the pod alone.
pub(crate) static CONTROL: Control = Control {
    id: "hostProbesAndHostLifecycle",
    title: "Host Probes / Lifecycle Hooks",
    level: Level::Baseline,
    revisions: &[Revision {
        since: Version::minor(34),
        find,
    }],
    overrides: None,
};

const FIELDS: [&str; 10] = [
    "livenessProbe.httpGet.host",
    "livenessProbe.tcpSocket.host",
    "readinessProbe.httpGet.host",
    "readinessProbe.tcpSocket.host",
    "startupProbe.httpGet.host",
    "startupProbe.tcpSocket.host",
    "lifecycle.postStart.httpGet.host",
    "lifecycle.postStart.tcpSocket.host",
    "lifecycle.preStop.httpGet.host",
    "lifecycle.preStop.tcpSocket.host",
];

fn find(pod: &PodView<'_>, violations: &mut Violations) {
    for container in &pod.containers {
        for field in FIELDS {
            let host = container.value.text(field).unwrap_or_default();
            if !host.is_empty() {
                violations.container(container, field, format!("makes the kubelet call {host}"));
            }
        }
    }
}
