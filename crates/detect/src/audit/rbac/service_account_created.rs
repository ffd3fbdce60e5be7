//! A new service account.

use crate::audit::prelude::*;

detection! {
    /// Service account created in a system namespace
    ///
    /// Among the many accounts of `kube-system` one more does not stand out, and rules that trust the
    /// namespace trust it.
    ///
    /// **Benign:** Installation of add-ons.
    ///
    /// **Respond:** See what it is bound to and which pods run as it.
    "AUD-119" {
        severity: Low,
        attack: Persistence "T1136",
        rows: ["119"],
        needs: [],
        on: [(CREATE, &["serviceaccounts"])],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: serviceaccounts, namespace: kube-system, name: helper}, requestObject: {metadata: {name: helper}}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:serviceaccount:kube-system:service-account-controller'}, objectRef: {resource: serviceaccounts, namespace: kube-system, name: default}, requestObject: {}}",
            r"{verb: create, objectRef: {resource: serviceaccounts, namespace: shop, name: cart}, requestObject: {}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_control_plane() && call.in_system_namespace() {
        found
            .say(format!("made {}", call.what()))
            .with("objectRef.namespace", call.namespace());
    }
}
