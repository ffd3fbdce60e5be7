//! A pod put on a node of the caller's choice.

use crate::audit::prelude::*;

detection! {
    /// Scheduler bypassed
    ///
    /// With `nodeName`, or a binding of its own, a pod lands on a chosen node past taints, affinity and
    /// what the scheduler checks: beside the workload that one is after.
    ///
    /// **Benign:** `kubectl debug node/…`, custom schedulers (as service accounts).
    ///
    /// **Respond:** See which node it was, and what runs there.
    "AUD-078" {
        severity: Medium,
        attack: Execution "T1610",
        rows: ["78"],
        needs: [],
        on: [(CREATE, &["pods", "pods/binding", "bindings"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {nodeName: worker-1}}}",
            r"{verb: create, objectRef: {resource: pods, subresource: binding, namespace: shop, name: a}, requestObject: {target: {name: worker-1}}}",
        ],
        quiet: [
            r"{verb: create, user: {username: 'system:kube-scheduler'}, objectRef: {resource: pods, subresource: binding, namespace: shop, name: a}, requestObject: {target: {name: worker-1}}}",
            r"{verb: create, user: {username: 'system:serviceaccount:volcano-system:volcano-scheduler'}, objectRef: {resource: pods, subresource: binding, namespace: shop, name: a}, requestObject: {target: {name: worker-1}}}",
            r"{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, objectRef: {resource: pods, namespace: kube-system, name: etcd-worker-1}, requestObject: {spec: {nodeName: worker-1}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: a}, requestObject: {spec: {}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let binding = call.event.subresource() == "binding" || call.resource() == "bindings";
    let scheduler =
        matches!(call.actor(), Actor::ServiceAccount { name, .. } if name.contains("sched"));
    let field = if binding {
        "target.name"
    } else {
        "spec.nodeName"
    };
    let node = call.sent().text(field).unwrap_or_default();
    if (!node.is_empty() || binding) && !scheduler {
        found
            .say(format!(
                "put {} on node {node} past the scheduler",
                call.what()
            ))
            .body(field, node);
    }
}
