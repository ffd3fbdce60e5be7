//! Volume types that run programs on the node or reach its disk by a detour.

use crate::audit::prelude::*;

detection! {
    /// Volume that runs on, or is, the node
    ///
    /// `gitRepo` runs git on the node as root (CVE-2024-10220), `flexVolume` runs a driver there, and a
    /// PersistentVolume with `hostPath` is a host path that pod policies do not see.
    ///
    /// **Benign:** Single-node clusters and local development use `hostPath` volumes.
    ///
    /// **Respond:** Find the claims that use the volume; replace it by a CSI driver.
    "AUD-094" {
        severity: Medium,
        attack: PrivilegeEscalation "T1611",
        rows: ["94"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS), (WRITE, &["persistentvolumes"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, gitRepo: {repository: 'https://git.example/x'}}]}}}",
            r"{verb: create, objectRef: {resource: persistentvolumes, name: pv}, requestObject: {spec: {hostPath: {path: /}}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: persistentvolumes, name: pv}, requestObject: {spec: {csi: {driver: ebs.csi.aws.com}}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {volumes: [{name: v, configMap: {name: c}}]}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    if call.resource() == "persistentvolumes" {
        for kind in ["hostPath", "flexVolume"] {
            let source = call.sent().at("spec").at(kind);
            if source.is_object() {
                let path = source
                    .text("path")
                    .or(source.text("driver"))
                    .unwrap_or_default();
                found
                    .say(format!("{} on {kind} {path}", call.did_what()))
                    .body(format!("spec.{kind}"), path);
            }
        }
        return;
    }
    let Some(pod) = call.pod() else { return };
    for volume in pod.volumes() {
        for kind in ["gitRepo", "flexVolume"] {
            if volume.value.at(kind).is_object() {
                found
                    .say(format!("{} with a {kind} volume", call.did_what()))
                    .body(volume.path(kind), volume.name);
            }
        }
    }
}
