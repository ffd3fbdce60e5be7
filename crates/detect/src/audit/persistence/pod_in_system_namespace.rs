//! A workload among the system's own.

use crate::audit::prelude::*;

detection! {
    /// Workload created in a system namespace
    ///
    /// What stands in `kube-system` is taken for part of the cluster, by people and by rules that exempt
    /// it.
    ///
    /// **Benign:** Installing add-ons.
    ///
    /// **Respond:** Compare with the cluster's add-ons; delete what none of them brought.
    "AUD-128" {
        severity: Medium,
        attack: DefenseEvasion "T1036.005",
        rows: ["128"],
        needs: [],
        on: [(CREATE, &["pods"]), (CREATE, CONTROLLERS)],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: pods, namespace: kube-system, name: helper}, requestObject: {spec: {}}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:serviceaccount:kube-system:daemon-set-controller'}, objectRef: {resource: pods, namespace: kube-system, name: kube-proxy-x}, requestObject: {spec: {}}}",
            r"{verb: create, user: {username: 'system:node:cp-1', groups: ['system:nodes']}, objectRef: {resource: pods, namespace: kube-system, name: etcd-cp-1}, requestObject: {spec: {}}}",
            r"{verb: create, objectRef: {resource: pods, namespace: shop, name: web}, requestObject: {spec: {}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.in_system_namespace() && !call.is_system() && !call.is_deployer() {
        found
            .say(call.did_what())
            .with("objectRef.namespace", call.namespace());
    }
}
