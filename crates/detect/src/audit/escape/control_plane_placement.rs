//! A workload that asks to run where the control plane does.

use crate::audit::prelude::*;

detection! {
    /// Workload placed on the control plane
    ///
    /// Beside the API server lie its keys and etcd: one host path, or one kernel bug, away.
    ///
    /// **Benign:** Node agents tolerate every taint; they do not select the control plane.
    ///
    /// **Respond:** If nobody asked for it, delete the workload and look for host paths and exec in it.
    "AUD-095" {
        severity: Medium,
        attack: PrivilegeEscalation "T1610",
        rows: ["95"],
        needs: [RequestBody],
        on: [(WRITE, WORKLOADS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {nodeSelector: {node-role.kubernetes.io/control-plane: ''},
 tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}}}",
        ],
        quiet: [
            r"# A node agent: everywhere, the control plane included.
{verb: create, objectRef: {resource: daemonsets, apiGroup: apps, namespace: logs, name: a}, requestObject: {spec: {template: {spec: {tolerations: [{operator: Exists}]}}}}}",
            r"# Avoids the control plane.
{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:
 {nodeSelectorTerms: [{matchExpressions: [{key: node-role.kubernetes.io/control-plane, operator: DoesNotExist}]}]}}}}}}",
        ],
        run: Pod(run),
    }
}

const ROLES: [&str; 2] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
];

fn run(pod: &PodView<'_>, call: &Call<'_, '_>, found: &mut Found) {
    let mut place = |field: &str, role: &str| {
        found
            .say(format!(
                "{} that asks for a node of the control plane",
                call.did_what()
            ))
            .body(pod.path(field), role);
    };
    for (label, _) in pod.spec.entries("nodeSelector") {
        if ROLES.contains(&label) {
            place("nodeSelector", label);
        }
    }
    let required =
        "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    for term in pod.spec.list(required) {
        for wish in term.list("matchExpressions") {
            let key = wish.text("key").unwrap_or_default();
            if ROLES.contains(&key) && matches!(wish.text("operator"), Some("Exists" | "In")) {
                place("affinity.nodeAffinity", key);
            }
        }
    }
}
