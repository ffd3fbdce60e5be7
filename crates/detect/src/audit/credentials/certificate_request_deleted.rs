//! The trace of a certificate, wiped.

use crate::audit::prelude::*;

detection! {
    /// Certificate request deleted by hand
    ///
    /// Requests go by themselves after a while. Deleting one hides whom it made a login for.
    ///
    /// **Benign:** Cleaning up after a mistake.
    ///
    /// **Respond:** Find its creation in the log and look at subject and signer.
    "AUD-051" {
        severity: Medium,
        attack: DefenseEvasion "T1070",
        rows: ["51"],
        needs: [],
        on: [(DELETE, CSRS)],
        when: Succeeded,
        fires: [r"{verb: delete, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}}"],
        quiet: [r"{verb: delete, user: {username: 'system:serviceaccount:kube-system:certificate-controller'}, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: c}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_control_plane() && !call.is_deployer() {
        found
            .say(format!("{} by hand", call.did_what()))
            .with("objectRef.name", call.name());
    }
}
