//! `hostIPC: true`.

use crate::audit::prelude::*;

detection! {
    /// Pod in the node's IPC namespace
    ///
    /// The pod reads and writes the shared memory of the node's processes.
    ///
    /// **Benign:** Rare: some databases and GPU sharing agents.
    ///
    /// **Respond:** Ask for the reason; without one, delete the workload and look at what it ran.
    "AUD-085" {
        severity: Medium,
        attack: PrivilegeEscalation "T1611",
        rows: ["85"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {hostIPC: true}}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {hostNetwork: true}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    if pod.host_ipc() {
        found
            .say(format!(
                "{} that shares the memory of its node's processes",
                call.did_what()
            ))
            .body(pod.path("hostIPC"), "true");
    }
}
