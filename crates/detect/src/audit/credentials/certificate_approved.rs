//! A person says yes to a certificate.

use crate::audit::prelude::*;

detection! {
    /// Certificate request approved by hand
    ///
    /// Kubelet certificates are approved by a controller. An approval by a person or a workload makes a
    /// credential that nobody can take back.
    ///
    /// **Benign:** Joining nodes by hand, certificate operators (name them as deployers).
    ///
    /// **Respond:** Look at the request's subject and signer.
    "AUD-048" {
        severity: Medium,
        attack: Persistence "T1098.006",
        rows: ["48"],
        needs: [],
        on: [(CHANGE, CSR_APPROVALS)],
        when: Succeeded,
        fires: [r"{verb: update, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}, requestObject: {status: {conditions: [{type: Approved, status: 'True'}]}}}"],
        quiet: [
            r"{verb: update, user: {username: 'system:serviceaccount:kube-system:certificate-controller'}, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}}",
            r"# Denied.
{verb: update, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, subresource: approval, name: c}, requestObject: {status: {conditions: [{type: Denied, status: 'True'}]}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() {
        return;
    }
    let conditions = call.sent().list("status.conditions");
    let denied = conditions
        .iter()
        .any(|it| it.text("type") == Some("Denied"));
    if !denied {
        found
            .say(format!("approved certificate request {}", call.name()))
            .with("objectRef.name", call.name());
    }
}
