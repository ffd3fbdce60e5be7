//! A way past the queue.

use crate::audit::prelude::*;

detection! {
    /// API priority and fairness bypassed
    ///
    /// A FlowSchema with the level `exempt` lets its callers past every limit: enough to bring the API
    /// server down, or to search it faster than anybody notices.
    ///
    /// **Benign:** The API server's own schemas; emergency access for administrators.
    ///
    /// **Respond:** Delete the FlowSchema.
    "AUD-144" {
        severity: Medium,
        attack: Impact "T1499",
        rows: ["144"],
        needs: [RequestBody],
        on: [(WRITE, &["flowschemas.flowcontrol.apiserver.k8s.io"])],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: flowschemas, apiGroup: flowcontrol.apiserver.k8s.io, name: fast}, requestObject: {spec: {priorityLevelConfiguration: {name: exempt}}}}"],
        quiet: [
            r"{verb: create, objectRef: {resource: flowschemas, apiGroup: flowcontrol.apiserver.k8s.io, name: slow}, requestObject: {spec: {priorityLevelConfiguration: {name: workload-low}}}}",
            r"{verb: create, user: {username: 'system:apiserver'}, objectRef: {resource: flowschemas, apiGroup: flowcontrol.apiserver.k8s.io, name: probes}, requestObject: {spec: {priorityLevelConfiguration: {name: exempt}}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let level = call.sent().text("spec.priorityLevelConfiguration.name");
    if level == Some("exempt") && !call.is_control_plane() {
        found
            .say(format!(
                "{} that lets callers past every limit",
                call.did_what()
            ))
            .body("spec.priorityLevelConfiguration.name", "exempt");
    }
}
