//! Sysctls.

use catseye_model::{Fields, PodView, Version};

use super::{Control, Level, Revision, Violations};

/// Only kernel parameters are set that the kernel keeps apart for each pod.
pub(crate) static CONTROL: Control = Control {
    id: "sysctls",
    title: "Sysctls",
    level: Level::Baseline,
    revisions: &[
        Revision {
            since: Version::minor(0),
            find: |pod, violations| find(pod, violations, Version::minor(0)),
        },
        Revision {
            since: Version::minor(27),
            find: |pod, violations| find(pod, violations, Version::minor(27)),
        },
        Revision {
            since: Version::minor(29),
            find: |pod, violations| find(pod, violations, Version::minor(29)),
        },
        Revision {
            since: Version::minor(32),
            find: |pod, violations| find(pod, violations, Version::minor(32)),
        },
        Revision {
            since: Version::minor(37),
            find: |pod, violations| find(pod, violations, Version::minor(37)),
        },
    ],
    overrides: None,
};

/// Each safe parameter with the version from which on it counts as safe.
const SAFE: [(&str, Version); 14] = [
    ("kernel.shm_rmid_forced", Version::minor(0)),
    ("net.ipv4.ip_local_port_range", Version::minor(0)),
    ("net.ipv4.tcp_syncookies", Version::minor(0)),
    ("net.ipv4.ping_group_range", Version::minor(0)),
    ("net.ipv4.ip_unprivileged_port_start", Version::minor(0)),
    ("net.ipv4.ip_local_reserved_ports", Version::minor(27)),
    ("net.ipv4.tcp_keepalive_time", Version::minor(29)),
    ("net.ipv4.tcp_fin_timeout", Version::minor(29)),
    ("net.ipv4.tcp_keepalive_intvl", Version::minor(29)),
    ("net.ipv4.tcp_keepalive_probes", Version::minor(29)),
    ("net.ipv4.tcp_rmem", Version::minor(32)),
    ("net.ipv4.tcp_wmem", Version::minor(32)),
    ("net.ipv4.tcp_slow_start_after_idle", Version::minor(37)),
    ("net.ipv4.tcp_notsent_lowat", Version::minor(37)),
];

fn find(pod: &PodView<'_>, violations: &mut Violations, version: Version) {
    for (index, sysctl) in pod.security.value.list("sysctls").iter().enumerate() {
        let name = sysctl.text("name").unwrap_or_default();
        let safe = SAFE
            .iter()
            .any(|(known, since)| *known == name && *since <= version);
        if !safe {
            let path = pod
                .path("securityContext.sysctls")
                .index(index)
                .join("name");
            violations.pod(path, format!("sets kernel parameter {name}"));
        }
    }
}
