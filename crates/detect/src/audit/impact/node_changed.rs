//! A node joins, is emptied, or goes.

use crate::audit::prelude::*;

detection! {
    /// Node joined unexpectedly, tainted, cordoned or deleted
    ///
    /// A node of one's own is given the secrets of the pods that are put on it. Deleting and draining nodes
    /// takes the cluster down.
    ///
    /// **Benign:** Autoscalers and maintenance.
    ///
    /// **Respond:** A node that nobody knows: delete it and its certificate, replace the secrets of its pods.
    "AUD-142" {
        severity: Low,
        attack: Impact "T1578",
        rows: ["142"],
        needs: [],
        on: [(ALTER, &["nodes"])],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: nodes, name: worker-1}}",
            r"{verb: patch, objectRef: {resource: nodes, name: worker-1}, requestObject: {spec: {unschedulable: true}}}",
            r"given: {expected_nodes: [worker-*]}
---
{verb: create, user: {username: 'system:node:rogue', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: nodes, name: rogue}, requestObject: {}}",
        ],
        quiet: [
            r"given: {expected_nodes: [worker-*]}
---
{verb: create, user: {username: 'system:node:worker-7', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: nodes, name: worker-7}, requestObject: {}}",
            r"{verb: patch, user: {username: 'system:serviceaccount:kube-system:node-controller'}, objectRef: {resource: nodes, name: worker-1}, requestObject: {spec: {taints: []}}}",
            r"{verb: patch, objectRef: {resource: nodes, name: worker-1}, requestObject: {metadata: {labels: {a: b}}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let name = call.name();
    if call.verb.meets(CREATE) {
        if !call.config.expects_node(name) {
            found
                .say(format!("joined node {name}, which nobody expects"))
                .with("objectRef.name", name)
                .at(Severity::High);
        }
        return;
    }
    if !call.is_human() || call.is_deployer() {
        return;
    }
    let spec = call.sent().at("spec");
    if call.verb.meets(DELETE) {
        found
            .say(call.did_what())
            .with("objectRef.name", name)
            .at(if name.is_empty() {
                Severity::High
            } else {
                Severity::Medium
            });
    } else if spec.flag("unschedulable") == Some(true) {
        found
            .say(format!("cordoned node {name}"))
            .body("spec.unschedulable", "true");
    } else if !spec.list("taints").is_empty() && call.verb.meets(PATCH) {
        found
            .say(format!("tainted node {name}"))
            .body("spec.taints", spec.at("taints").to_string());
    }
}
