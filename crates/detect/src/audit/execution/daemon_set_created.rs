//! A pod on every node.

use crate::audit::prelude::*;

detection! {
    /// DaemonSet created
    ///
    /// One object puts a pod on every node, those of the future included.
    ///
    /// **Benign:** Node agents, when they are installed.
    ///
    /// **Respond:** Compare with what was delivered.
    "AUD-080" {
        severity: Low,
        attack: Persistence "T1543",
        rows: ["80"],
        needs: [],
        on: [(CREATE, &["daemonsets.*"])],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: daemonsets, apiGroup: apps, namespace: shop, name: a}, requestObject: {spec: {}}}"],
        quiet: [r"given: {deployers: [ci]}
---
{verb: create, user: {username: ci}, objectRef: {resource: daemonsets, apiGroup: apps, namespace: shop, name: a}, requestObject: {spec: {}}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_control_plane() && !call.is_deployer() {
        found
            .say(format!("made {}, a pod on every node", call.what()))
            .with("objectRef.name", call.name());
    }
}
