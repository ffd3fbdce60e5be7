//! `hostPID: true`.

use crate::audit::prelude::*;

detection! {
    /// Pod in the node's process namespace
    ///
    /// The pod sees every process of its node, reads their environment (and the secrets in it) and, as
    /// root, enters them.
    ///
    /// **Benign:** Node agents: metrics exporters, profilers, runtime sensors.
    ///
    /// **Respond:** If it is no known agent, delete it and replace the credentials of what ran on that node.
    "AUD-084" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        rows: ["84"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: daemonsets, apiGroup: apps, namespace: shop, name: a}, requestObject: {spec: {template: {spec: {hostPID: true}}}}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {hostPID: false}}}"],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    if pod.host_pid() {
        found
            .say(format!(
                "{} that sees the processes of its node",
                call.did_what()
            ))
            .body(pod.path("hostPID"), "true");
    }
}
