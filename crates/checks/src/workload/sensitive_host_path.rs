//! `hostPath` volumes of folders that give the node away.

use catseye_model::{PodView, Severity};

use super::host_path::{lies_in, report};
use super::runtime_socket;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod mounts a sensitive folder of its node
    ///
    /// These folders hold the node's own keys and configuration, the tokens of all its pods, its
    /// devices, its logs or its programs. Even read-only they give credentials that reach the API
    /// server as the node or as other pods; writable, most of them run code as root on the node.
    ///
    /// **Fix:** Remove the volume. Mount the one file that is needed, read-only, and give certificates
    /// or settings as ConfigMap or Secret:
    /// ```yaml
    /// volumes:
    /// - name: localtime
    ///   hostPath:
    ///     path: /etc/localtime
    ///     type: File
    /// ```
    "POD-008" {
        severity: High,
        rows: ["A08", "A06"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i, volumeMounts: [{name: root, mountPath: /host, readOnly: true}]}
  volumes:
  - {name: root, hostPath: {path: /}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: pki, hostPath: {path: /etc/kubernetes/pki}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: above, hostPath: {path: /var/lib/}}
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
  - {name: c, hostPath: {path: 'C:\'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: time, hostPath: {path: /etc/localtime}}
  - {name: certificates, hostPath: {path: /etc/ssl/certs/}}
  - {name: named-alike, hostPath: {path: /etcd-backup}}
  - {name: data, hostPath: {path: /var/lib/my-application}}
  - {name: modules, hostPath: {path: /lib/modules}}
  - {name: null-device, hostPath: {path: /dev/null}}
  - {name: syslog, hostPath: {path: /dev/log}}
  - {name: inside, emptyDir: {}}
",
            // The check of runtime sockets answers this one.
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: i}
  volumes:
  - {name: socket, hostPath: {path: /run/containerd/containerd.sock}}
",
        ],
        run: Pods(run),
    }
}

/// Folders that are sensitive with all that lies in them.
const FOLDERS: &[&str] = &[
    "/boot",
    "/dev",
    "/etc",
    "/home/kubernetes",
    "/proc",
    "/root",
    "/run/dbus",
    "/run/secrets",
    "/run/systemd",
    "/sys",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/lib/rancher",
    "/var/log",
    "/var/spool/cron",
];

/// Folders of programs: sensitive as a whole, while single folders below are shared with reason.
const WHOLE_FOLDERS: &[&str] = &[
    "/bin",
    "/home",
    "/lib",
    "/lib64",
    "/opt/cni/bin",
    "/run",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/sbin",
];

/// What may be read by anyone, or does nothing without further rights, although it lies in one of
/// the folders above.
const HARMLESS: &[&str] = &[
    "/dev/fuse",
    "/dev/kvm",
    // The socket of the system log takes lines and gives none.
    "/dev/log",
    "/dev/net/tun",
    "/dev/null",
    "/dev/random",
    "/dev/shm",
    "/dev/urandom",
    "/dev/zero",
    "/etc/ca-certificates",
    "/etc/hosts",
    "/etc/localtime",
    "/etc/machine-id",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/resolv.conf",
    "/etc/ssl/certs",
    "/etc/timezone",
    "/sys/class/dmi/id/product_uuid",
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for volume in pod.volumes() {
        let Some(path) = volume.host_path() else {
            continue;
        };
        if is_sensitive(path) && !runtime_socket::leads_to_socket(path) {
            let message = format!("mounts {path} from the node, which is sensitive");
            report(pod, &volume, Severity::High, &message, found);
        }
    }
}

/// True for a sensitive folder, for what lies in it, and for the folders above it.
pub(crate) fn is_sensitive(path: &str) -> bool {
    // A pod whose path is still to be filled in shows nothing.
    if path.is_empty() {
        return false;
    }
    if !path.starts_with('/') {
        return is_sensitive_on_windows(path);
    }
    if is_harmless(path) {
        return false;
    }
    FOLDERS
        .iter()
        .any(|folder| lies_in(path, folder) || lies_in(folder, path))
        || WHOLE_FOLDERS.iter().any(|folder| lies_in(folder, path))
}

/// True for what gives nothing away, although it lies in a sensitive folder.
pub(super) fn is_harmless(path: &str) -> bool {
    HARMLESS.iter().any(|harmless| lies_in(path, harmless))
}

/// A whole drive, the system's folder, or the kubelet's.
fn is_sensitive_on_windows(path: &str) -> bool {
    let Some((drive, below)) = path.split_once(':') else {
        return false;
    };
    let below = below.trim_matches(['\\', '/']).to_ascii_lowercase();
    drive.len() == 1
        && (below.is_empty()
            || [
                "windows",
                "k",
                "etc\\kubernetes",
                "var\\lib\\kubelet",
                "programdata",
            ]
            .iter()
            .any(|folder| below.replace('/', "\\") == *folder))
}
