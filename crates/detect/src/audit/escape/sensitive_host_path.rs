//! A volume on a part of the node from which the node can be taken.

use crate::audit::prelude::*;

detection! {
    /// Sensitive host path mounted
    ///
    /// `/`, `/etc`, `/proc`, the kubelet's folder or a runtime's socket in a pod: reading them gives the
    /// credentials of the node and its pods, writing them gives root on the node.
    ///
    /// **Benign:** Log collectors (`/var/log`), node exporters (`/proc`, `/sys` read-only), CSI and CNI agents.
    ///
    /// **Respond:** If it is no known agent, cordon the node, delete the workload, replace the node's
    /// credentials and those of its pods.
    "AUD-087" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        rows: ["87"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: host, hostPath: {path: /}}]}}}",
            r"{verb: patch, objectRef: {resource: daemonsets, apiGroup: apps, namespace: shop, name: a},
 requestObject: {spec: {template: {spec: {volumes: [{name: host, hostPath: {path: /run/containerd/containerd.sock}}]}}}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, hostPath: {path: /var/log}}, {name: d, emptyDir: {}}]}}}",
            r"# A folder whose name begins alike.
{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, hostPath: {path: /etcetera}}]}}}",
        ],
        run: Pod(run),
    }
}

/// Folders that are dangerous as a whole and in every part.
const FOLDERS: [&str; 14] = [
    "/etc",
    "/proc",
    "/root",
    "/boot",
    "/dev",
    "/home",
    "/lib/modules",
    "/usr/bin",
    "/usr/local/bin",
    "/var/lib/kubelet",
    "/var/lib/etcd",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/rancher",
];

/// What is dangerous itself, while its other parts are not.
const EXACT: [&str; 8] = [
    "/",
    "/var",
    "/var/lib",
    "/var/run",
    "/run",
    "/usr",
    "/sys",
    "/var/log/pods",
];

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for volume in pod.volumes() {
        let Some(path) = volume.host_path() else {
            continue;
        };
        let plain = path.trim_end_matches('/');
        let plain = if plain.is_empty() { "/" } else { plain };
        let in_folder = FOLDERS.iter().any(|folder| {
            plain
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if in_folder || EXACT.contains(&plain) || is_socket(plain) || plain.contains("..") {
            found
                .say(format!(
                    "{} that mounts {plain} of its node",
                    call.did_what()
                ))
                .body(volume.path("hostPath.path"), path);
        }
    }
}

/// Runtimes name their sockets so, in this case.
fn is_socket(path: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "sock")
}
