//! A command in one of the system's own pods.

use crate::audit::prelude::*;

detection! {
    /// Command run in a system pod
    ///
    /// Pods of `kube-system` hold the node's network, the cluster's names and often rights over
    /// everything.
    ///
    /// **Benign:** Platform engineers looking for a fault.
    ///
    /// **Respond:** Ask; if nobody can tell, replace the pod and the credentials of its service account.
    "AUD-057" {
        severity: High,
        attack: Execution "T1609",
        rows: ["57"],
        needs: [],
        on: [(CREATE.or(GET), EXEC_OR_ATTACH)],
        when: Permitted,
        fires: [r"{verb: create, objectRef: {resource: pods, subresource: exec, namespace: kube-system, name: kube-proxy-x}}"],
        quiet: [r"{verb: create, objectRef: {resource: pods, subresource: exec, namespace: shop, name: web-0}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.in_system_namespace() {
        found
            .say(format!("went into the system's {}", call.what()))
            .with("objectRef.namespace", call.namespace());
    }
}
