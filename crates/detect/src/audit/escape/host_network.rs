//! `hostNetwork: true`.

use crate::audit::prelude::*;

detection! {
    /// Pod in the node's network namespace
    ///
    /// The pod is past every NetworkPolicy, reaches what listens on the node's loopback and the cloud's
    /// metadata service as the node, and sees the node's traffic.
    ///
    /// **Benign:** CNI agents, ingress controllers, node exporters.
    ///
    /// **Respond:** If it is no known agent, delete it, and look at the calls of its node's cloud identity since.
    "AUD-086" {
        severity: Medium,
        attack: PrivilegeEscalation "T1611",
        rows: ["86"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [r"{verb: update, objectRef: {resource: statefulsets, apiGroup: apps, namespace: shop, name: a}, requestObject: {spec: {template: {spec: {hostNetwork: true}}}}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {containers: [{name: a}]}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, responseStatus: {code: 409}, requestObject: {spec: {hostNetwork: true}}}",
        ],
        run: Pod(run),
    }
}

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    if pod.host_network() {
        found
            .say(format!("{} in the network of its node", call.did_what()))
            .body(pod.path("hostNetwork"), "true");
    }
}
