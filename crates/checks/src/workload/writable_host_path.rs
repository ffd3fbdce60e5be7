//! `hostPath` volumes mounted without `readOnly: true`.

use catseye_model::{PodView, Severity};

use super::host_path::lies_in;
use super::{runtime_socket, sensitive_host_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A container may write to a folder of its node
    ///
    /// Whoever runs code in the container leaves files on the node that outlive the pod: a line in a
    /// configuration, a cron job, a library, an image layer. What the node or another pod runs later
    /// runs for the attacker. Folders that must not be mounted at all are weighed by POD-008 and only
    /// noted here.
    ///
    /// **Fix:** Mount it read-only, or not at all:
    /// ```yaml
    /// volumeMounts:
    /// - name: logs
    ///   mountPath: /var/log
    ///   readOnly: true
    /// ```
    "POD-007" {
        severity: Medium,
        rows: ["A07"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: data, mountPath: /a, readOnly: true}
    - {name: data, mountPath: /b}
  volumes:
  - {name: data, hostPath: {path: /srv}}
",
            // That it is mounted at all is weighed elsewhere.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: etc, mountPath: /host}]}
  volumes:
  - {name: etc, hostPath: {path: /etc}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: app
    image: i
    volumeMounts:
    - {name: data, mountPath: /a, readOnly: true}
    - {name: scratch, mountPath: /b}
    - {name: elsewhere, mountPath: /c}
  volumes:
  - {name: data, hostPath: {path: /srv}}
  - {name: scratch, emptyDir: {}}
",
            // A socket is written to whether or not its mount is read-only.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: s, mountPath: /s}]}
  volumes:
  - {name: s, hostPath: {path: /var/run/docker.sock}}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: log, mountPath: /dev/log}]}
  volumes:
  - {name: log, hostPath: {path: /dev/log}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for volume in pod.volumes() {
        let Some(path) = volume.host_path() else {
            continue;
        };
        if is_written_regardless(path) {
            continue;
        }
        let severity = if sensitive_host_path::is_sensitive(path) {
            Severity::Info
        } else {
            Severity::Medium
        };
        for (container, mount) in pod.mounts_of(&volume) {
            if !mount.read_only {
                let field = container
                    .path("volumeMounts")
                    .index(mount.index)
                    .join("readOnly");
                let message = format!("may write to {path} of the node");
                found.in_container_at_severity(severity, container, field, message);
            }
        }
    }
}

/// True for sockets and devices, which are written to through a read-only mount as well.
pub(super) fn is_written_regardless(path: &str) -> bool {
    let is_device = || lies_in(path, "/dev") && !lies_in(path, "/dev/shm");
    runtime_socket::leads_to_socket(path) || (is_device() && sensitive_host_path::is_harmless(path))
}
