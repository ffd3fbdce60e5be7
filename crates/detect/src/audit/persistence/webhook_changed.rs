//! Who sees, changes and refuses what is written.

use crate::audit::prelude::*;

detection! {
    /// Admission webhook created, changed or deleted
    ///
    /// A mutating webhook sees every object before it is stored, secrets among them, and may change each;
    /// deleting a validating one takes a policy away.
    ///
    /// **Benign:** Installation of operators; controllers that renew the CA of their own webhook.
    ///
    /// **Respond:** See where it points and what it matches; delete it, or put it back.
    "AUD-121" {
        severity: Medium,
        attack: Persistence "T1546",
        rows: ["121"],
        needs: [],
        on: [(ALTER, WEBHOOKS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: mutatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: w}, requestObject: {webhooks: [{name: w}]}}",
            r"{verb: delete, objectRef: {resource: validatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: gatekeeper}}",
        ],
        quiet: [
            r"# A controller puts its renewed CA in.
{verb: patch, user: {username: 'system:serviceaccount:cert-manager:cert-manager-cainjector'}, objectRef: {resource: mutatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: w},
 requestObject: {webhooks: [{name: w, clientConfig: {caBundle: LS0t}}]}}",
            r"{verb: get, objectRef: {resource: mutatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: w}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let changed_by_workload =
        matches!(call.actor(), Actor::ServiceAccount { .. }) && call.verb.meets(CHANGE);
    if call.is_control_plane() || call.is_deployer() || changed_by_workload {
        return;
    }
    found
        .say(call.did_what())
        .with("objectRef.name", call.name());
    // A policy that is gone refuses nothing any more.
    if call.verb.meets(DELETE) {
        found.at(Severity::High);
    }
}
