//! A folder of the node that a container may write.

use crate::audit::prelude::*;

detection! {
    /// Writable host path mounted
    ///
    /// What a pod writes to its node stays when the pod is gone: cron files, unit files, binaries and
    /// logs that are links. A read-only mount does not give that.
    ///
    /// **Benign:** Agents that keep their state on the node, local storage.
    ///
    /// **Respond:** See what was mounted and by whom; look for files that appeared on the node.
    "AUD-088" {
        severity: Low,
        attack: Persistence "T1611",
        rows: ["88"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, hostPath: {path: /opt/data}}],
 containers: [{name: c, volumeMounts: [{name: v, mountPath: /data}]}]}}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, hostPath: {path: /var/log}}],
 containers: [{name: c, volumeMounts: [{name: v, mountPath: /logs, readOnly: true}]}]}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    for volume in pod.volumes() {
        let Some(path) = volume.host_path() else {
            continue;
        };
        for (container, mount) in pod.mounts_of(&volume) {
            if !mount.read_only {
                found
                    .say(format!(
                        "{} whose container {} may write {path} of its node",
                        call.did_what(),
                        container.name
                    ))
                    .body(volume.path("hostPath.path"), path);
            }
        }
    }
}
