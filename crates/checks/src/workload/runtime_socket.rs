//! `hostPath` volumes of a container runtime's socket.

use catseye_model::{PodView, Severity};

use super::host_path::{lies_in, report};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod mounts the socket of the container runtime
    ///
    /// Who can speak to the runtime starts containers on the node without asking the API server:
    /// privileged ones, with the node's disk mounted. No admission policy sees them and no audit log
    /// names them. A read-only mount does not help, since a socket is written to all the same.
    ///
    /// **Fix:** Remove the volume. Build images with a tool that needs no daemon (BuildKit rootless,
    /// Buildah), read container metrics and logs from the kubelet's API.
    "POD-009" {
        severity: Critical,
        rows: ["A09", "A06"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: s, mountPath: /s, readOnly: true}]}
  volumes:
  - {name: s, hostPath: {path: /var/run/docker.sock}}
",
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: a}
spec:
  template:
    spec:
      containers:
      - {name: app, image: i}
      volumes:
      - {name: s, hostPath: {path: /run/k3s/containerd/, type: Directory}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  os: {name: windows}
  containers:
  - {name: app, image: i}
  volumes:
  - {name: s, hostPath: {path: '\\.\pipe\docker_engine'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: own, mountPath: /var/run/docker.sock}]}
  volumes:
  - {name: own, emptyDir: {}}
  - {name: other, hostPath: {path: /run/xtables.lock}}
  - {name: layers, hostPath: {path: /var/lib/docker}}
  - {name: configuration, hostPath: {path: /etc/docker}}
",
        ],
        run: Pods(run),
    }
}

/// The folders in `/run` that hold a runtime's sockets, and sockets beside them.
const PLACES: &[&str] = &[
    "/run/containerd",
    "/run/cri-dockerd.sock",
    "/run/crio",
    "/run/docker",
    "/run/docker.sock",
    "/run/dockershim.sock",
    "/run/k0s/containerd.sock",
    "/run/k3s/containerd",
    "/run/podman",
    "/var/snap/microk8s/common/run/containerd.sock",
];

const WINDOWS_PIPES: [&str; 2] = ["docker_engine", "containerd-containerd"];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for volume in pod.volumes() {
        let Some(path) = volume.host_path() else {
            continue;
        };
        if leads_to_socket(path) {
            let message = format!("mounts {path} from the node, the container runtime's socket");
            report(pod, &volume, Severity::Critical, &message, found);
        }
    }
}

/// True for a runtime's socket and for the folder that holds nothing else of use.
pub(super) fn leads_to_socket(path: &str) -> bool {
    PLACES.iter().any(|place| lies_in(path, place))
        || path
            .rsplit(['\\', '/'])
            .next()
            .filter(|_| path.starts_with(r"\\.\pipe\") || path.starts_with("//./pipe/"))
            .is_some_and(|pipe| WINDOWS_PIPES.contains(&pipe))
}
