//! A change by somebody whom nobody knows.

use crate::audit::prelude::*;

detection! {
    /// Object changed anonymously
    ///
    /// Somebody without any credential has created, changed or deleted something.
    ///
    /// **Benign:** None known.
    ///
    /// **Respond:** Close the binding at once, then undo the change; treat the cluster as taken.
    "AUD-002" {
        severity: Critical,
        attack: InitialAccess "T1190",
        rows: ["2"],
        needs: [],
        on: [(ALTER, EVERYTHING)],
        when: Succeeded,
        fires: [r"{verb: create, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, objectRef: {resource: pods, namespace: shop, name: a}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, objectRef: {resource: pods, namespace: shop, name: a}, responseStatus: {code: 403}}",
            r"# May everybody do this? A question, and no change.
{verb: create, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, objectRef: {resource: selfsubjectaccessreviews, apiGroup: authorization.k8s.io}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let question = call.resource().ends_with("reviews");
    if call.is_unauthenticated() && !call.resource().is_empty() && !question {
        found
            .say(format!("{} without any credential", call.did_what()))
            .with("user.username", call.user());
    }
}
