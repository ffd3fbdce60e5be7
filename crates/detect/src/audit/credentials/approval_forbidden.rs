//! A yes that was not allowed.

use crate::audit::prelude::*;

detection! {
    /// Approval of a certificate request denied
    ///
    /// Somebody tried to make a login and lacked the right to approve it.
    ///
    /// **Benign:** An administrator with the wrong context.
    ///
    /// **Respond:** Look at the request that was to be approved, and deny it.
    "AUD-050" {
        severity: Medium,
        attack: PrivilegeEscalation "T1098",
        rows: ["50"],
        needs: [],
        on: [(CHANGE, CSR_APPROVALS)],
        when: Refused,
        fires: [r"{verb: update, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}, responseStatus: {code: 403}}"],
        quiet: [r"{verb: update, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}, responseStatus: {code: 409}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_control_plane() {
        found
            .say(format!(
                "was refused the approval of certificate request {}",
                call.name()
            ))
            .with("objectRef.name", call.name());
    }
}
