//! A workload where nobody looks after it.

use crate::audit::prelude::*;

detection! {
    /// Workload created in the default namespace
    ///
    /// Where no namespace is named things land in `default`, which has no policies and no owner.
    ///
    /// **Benign:** Tests and tutorials.
    ///
    /// **Respond:** Give it a namespace of its own.
    "AUD-129" {
        severity: Info,
        attack: Execution "T1610",
        rows: ["129"],
        needs: [],
        on: [(CREATE, &["pods"]), (CREATE, CONTROLLERS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: default, name: web}, requestObject: {spec: {}}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:serviceaccount:kube-system:replicaset-controller'}, objectRef: {resource: pods, namespace: default, name: web-x}, requestObject: {spec: {}}}",
            r"{verb: create, objectRef: {resource: deployments, apiGroup: apps, namespace: shop, name: web}, requestObject: {spec: {}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.namespace() == "default" && !call.is_control_plane() {
        found
            .say(call.did_what())
            .with("objectRef.namespace", "default");
    }
}
