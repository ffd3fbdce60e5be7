//! What the sensor may be told at its start.

use std::time::Duration;

use crate::proc::Hierarchy;

/// Beginnings of paths whose opening is told, when calls are watched.
pub const SENSITIVE_PATHS: [&str; 14] = [
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/sudoers",
    "/etc/kubernetes/",
    "/etc/cni/",
    "/root/.ssh/",
    "/root/.kube/",
    "/root/.docker/",
    "/var/lib/kubelet/",
    "/var/run/secrets/",
    "/run/secrets/",
    "/var/run/docker.sock",
    "/run/containerd/",
    "/proc/1/environ",
];

/// What the sensor is asked for and how much it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The cgroup hierarchy that containers are told by; without, the one that [`Hierarchy::find`] finds.
    pub hierarchy: Option<Hierarchy>,
    /// Watch the use of capabilities and the loading of modules.
    pub capabilities: bool,
    /// Watch single system calls; every system call of the node then costs a little more.
    pub calls: bool,
    /// Beginnings of paths whose opening is told.
    pub paths: Vec<String>,
    /// The size of the ring for all that may wait, in bytes: a power of two.
    pub bulk: u32,
    /// The size of the ring for what may not.
    pub urgent: u32,
    /// How many flows the kernel keeps.
    pub flows: u32,
    /// A ring that holds more wakes the sensor.
    pub wake_bytes: u32,
    /// How often the sensor looks by itself.
    pub look_every: Duration,
    /// How often flows are told.
    pub flows_every: Duration,
    /// Equal programs with equal arguments in one container are told once within this time.
    pub fold_execs: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            hierarchy: None,
            capabilities: false,
            calls: false,
            paths: SENSITIVE_PATHS.map(str::to_owned).to_vec(),
            bulk: 2 << 20,
            urgent: 256 << 10,
            flows: 32_768,
            wake_bytes: 128 << 10,
            look_every: Duration::from_millis(100),
            flows_every: Duration::from_secs(10),
            fold_execs: Duration::ZERO,
        }
    }
}
