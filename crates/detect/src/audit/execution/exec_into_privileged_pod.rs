//! A command where the node is within reach.

use crate::audit::prelude::*;

detection! {
    /// Command run in a pod that can take its node
    ///
    /// In a privileged pod, or one with the node's processes or folders, a command in the container is a
    /// command on the node.
    ///
    /// **Benign:** Engineers in their node agents.
    ///
    /// **Respond:** If nobody can tell what it was for, take the node out and replace it.
    "AUD-066" {
        severity: High,
        attack: PrivilegeEscalation "T1611",
        rows: ["66"],
        needs: [],
        given: [Inventory],
        on: [(CREATE.or(GET), EXEC_OR_ATTACH)],
        when: Permitted,
        fires: [r"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: shop}, spec: {containers: [{name: c, securityContext: {privileged: true}}]}}]}
---
{verb: create, objectRef: {resource: pods, subresource: exec, namespace: shop, name: agent}}"],
        quiet: [r"given: {inventory: [{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: c}]}}]}
---
{verb: create, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let pod = call
        .inventory
        .and_then(|inventory| inventory.find(Kind::Pod, call.namespace(), call.name()))
        .and_then(PodView::of);
    let Some(pod) = pod else { return };
    let privileged = pod
        .containers
        .iter()
        .any(|it| it.security.privileged == Some(true));
    let why = if privileged {
        "is privileged"
    } else if pod.host_pid() {
        "sees the processes of its node"
    } else if pod.volumes().any(|volume| volume.host_path().is_some()) {
        "mounts a folder of its node"
    } else if pod.host_network() {
        "is in the network of its node"
    } else {
        return;
    };
    found
        .say(format!("went into {}, which {why}", call.what()))
        .with("objectRef.name", call.name());
}
