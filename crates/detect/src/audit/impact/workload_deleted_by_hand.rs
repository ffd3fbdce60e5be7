//! A workload gone by somebody's hand.

use crate::audit::prelude::*;

detection! {
    /// Workload deleted by hand
    ///
    /// What delivery has put there, somebody has taken away: an outage at best, the cleaning away of
    /// traces at worst. Whole collections count most.
    ///
    /// **Benign:** Cleaning up; restarting a pod by deleting it.
    ///
    /// **Respond:** Ask; let delivery put it back.
    "AUD-137" {
        severity: Low,
        attack: Impact "T1485",
        rows: ["137"],
        needs: [],
        on: [(DELETE, CONTROLLERS), (DELETE, &["services", "ingresses.*"])],
        when: Succeeded,
        fires: [
            r"{verb: delete, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}}",
            r"{verb: deletecollection, objectRef: {resource: deployments, apiGroup: apps, namespace: shop}}",
        ],
        quiet: [
            r"{verb: delete, user: {username: 'system:serviceaccount:kube-system:generic-garbage-collector'}, objectRef: {resource: replicasets, apiGroup: apps, namespace: shop, name: web-x}}",
            r"{verb: delete, user: {username: 'system:serviceaccount:ci:runner'}, objectRef: {resource: jobs, apiGroup: batch, namespace: ci, name: j}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_human() || call.is_deployer() {
        return;
    }
    found
        .say(format!("{} by hand", call.did_what()))
        .with("requestURI", call.event.request_uri());
    if call.event.verb() == "deletecollection" {
        found.at(Severity::High);
    }
}
