//! `hostPath` volumes that are neither a runtime's socket nor a sensitive folder.

use catseye_model::{PodView, Severity, Volume};

use super::{runtime_socket, sensitive_host_path, writable_host_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod mounts a folder of its node
    ///
    /// A `hostPath` volume outlives the pod and is shared with whatever else uses that folder of the
    /// node, so data leaks between pods and tenants, and a symbolic link placed there leads programs
    /// of the node astray. Pods of one workload also see different content on each node. Sockets of
    /// the container runtime and folders that give the node away have checks of their own; a mount
    /// that may be written to is weighed by POD-007 and only noted here, and files that every node has
    /// alike, such as its certificate authorities, weigh little.
    ///
    /// **Fix:** Use an `emptyDir` for scratch space and a PersistentVolumeClaim for data:
    /// ```yaml
    /// volumes:
    /// - name: data
    ///   persistentVolumeClaim:
    ///     claimName: data
    /// ```
    "POD-006" {
        severity: Medium,
        rows: ["A06"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      initContainers:
      - {name: app, image: i, volumeMounts: [{name: data, mountPath: /data, readOnly: true}]}
      volumes:
      - {name: data, hostPath: {path: /srv/data}}
",
            // That it may be written to is weighed elsewhere.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: data, mountPath: /data}]}
  volumes:
  - {name: data, hostPath: {path: /srv/data}}
  - {name: of-no-use, hostPath: {path: /etc/ssl/certs}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: data, mountPath: /srv/data}]}
  volumes:
  - {name: data, emptyDir: {}}
  - {name: claim, persistentVolumeClaim: {claimName: a}}
",
            // Checks of their own answer these.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: socket, hostPath: {path: /run/docker.sock}}
  - {name: etc, hostPath: {path: /etc}}
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
        if !runtime_socket::leads_to_socket(path) && !sensitive_host_path::is_sensitive(path) {
            let is_written = !writable_host_path::is_written_regardless(path)
                && pod.mounts_of(&volume).any(|(_, mount)| !mount.read_only);
            let severity = if is_written {
                Severity::Info
            } else if sensitive_host_path::is_harmless(path) {
                Severity::Low
            } else {
                Severity::Medium
            };
            report(
                pod,
                &volume,
                severity,
                &format!("mounts {path} from the node"),
                found,
            );
        }
    }
}

/// Reports a volume together with its mounts: to remove it is to remove them all.
pub(super) fn report(
    pod: &PodView<'_>,
    volume: &Volume<'_>,
    severity: Severity,
    message: &str,
    found: &mut Findings,
) {
    found.at_severity(severity, volume.path(""), message);
    for (container, mount) in pod.mounts_of(volume) {
        let path = container.path("volumeMounts").index(mount.index);
        found.in_container_at_severity(severity, container, path, message);
    }
}

/// True when `path` of a node is `folder` or lies under it.
pub(super) fn lies_in(path: &str, folder: &str) -> bool {
    let mut steps = steps(path);
    self::steps(folder).all(|step| steps.next() == Some(step))
}

/// The folders of a path, without the detours that the kernel ignores. `/var/run` is `/run` on every
/// distribution of the last decade.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    let plain = |path| str::split(path, '/').filter(|step| !matches!(*step, "" | "."));
    let mut ahead = plain(path);
    let is_var_run = ahead.next() == Some("var") && ahead.next() == Some("run");
    plain(path).skip(usize::from(is_var_run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_step_by_step() {
        for (path, folder) in [
            ("/etc", "/etc"),
            ("//etc/./kubernetes/", "/etc"),
            ("/var/run/docker.sock", "/run/docker.sock"),
            ("/run", "/var/run"),
            ("/x", "/"),
        ] {
            assert!(lies_in(path, folder), "{path} {folder}");
        }
        for (path, folder) in [("/etcd", "/etc"), ("/", "/etc"), ("/var/runner", "/run")] {
            assert!(!lies_in(path, folder), "{path} {folder}");
        }
    }
}
