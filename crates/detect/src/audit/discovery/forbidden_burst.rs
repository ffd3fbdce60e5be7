//! Refused, and refused, and refused.

use crate::audit::prelude::*;

detection! {
    /// Burst of refused requests
    ///
    /// Four different resources refused within five minutes: somebody lists what a stolen identity can
    /// see.
    ///
    /// **Benign:** A new version of an operator before its role was updated.
    ///
    /// **Respond:** See what was allowed among it; replace the token if nobody can explain it.
    "AUD-027" {
        severity: Medium,
        attack: Discovery "T1613",
        rows: ["27"],
        needs: [],
        on: [(ANY_VERB, EVERYTHING)],
        when: Refused,
        fires: [r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: nodes}, responseStatus: {code: 403}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: secrets}, responseStatus: {code: 403}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: pods}, responseStatus: {code: 403}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: namespaces}, responseStatus: {code: 403}}"],
        quiet: [
            r"{repeat: 50, verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: endpoints, namespace: 'n{n}'}, responseStatus: {code: 403}}",
            r"{repeat: 50, verb: watch, user: {username: 'system:node:w', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: 'r{n}'}, responseStatus: {code: 403}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    // Kubelets go on watching what their pods used; anonymous scans have a rule of their own.
    if call.is_control_plane() || call.is_unauthenticated() || call.resource().is_empty() {
        return;
    }
    if let Some(count) = memory.reaches(4, 300, &[call.user()], &[call.resource()]) {
        found
            .say(format!(
                "was refused {count} different resources within five minutes"
            ))
            .with("user.username", call.user());
        if is_script(call.event.user_agent()) {
            found.at(Severity::High);
        }
    }
}
