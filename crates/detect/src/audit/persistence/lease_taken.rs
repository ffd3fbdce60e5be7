//! Who leads, says a lease.

use crate::audit::prelude::*;

detection! {
    /// Leader election lease of the control plane taken
    ///
    /// Whoever holds the lease of kube-scheduler or kube-controller-manager makes the real one stand
    /// still.
    ///
    /// **Benign:** A second scheduler that is set up with the first one's lease by mistake.
    ///
    /// **Respond:** Delete the lease: the real one takes it again. Then ask who it was.
    "AUD-145" {
        severity: High,
        attack: Impact "T1557",
        rows: ["145"],
        needs: [],
        on: [(ALTER, &["leases.coordination.k8s.io"])],
        when: Succeeded,
        fires: [r"{verb: update, objectRef: {resource: leases, apiGroup: coordination.k8s.io, namespace: kube-system, name: kube-scheduler}}"],
        quiet: [
            r"{verb: update, user: {username: 'system:kube-scheduler'}, objectRef: {resource: leases, apiGroup: coordination.k8s.io, namespace: kube-system, name: kube-scheduler}}",
            r"{verb: update, user: {username: 'system:serviceaccount:shop:operator'}, objectRef: {resource: leases, apiGroup: coordination.k8s.io, namespace: shop, name: operator}}",
        ],
        run: Call(run),
    }
}

const LEASES: [&str; 4] = [
    "kube-scheduler",
    "kube-controller-manager",
    "cloud-controller-manager",
    "kube-apiserver",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.namespace() == "kube-system" && LEASES.contains(&call.name()) && !call.is_system() {
        found
            .say(format!("{} the lease of {}", call.did(), call.name()))
            .with("objectRef.name", call.name());
    }
}
