//! Yes, no, yes, no.

use crate::audit::prelude::*;

detection! {
    /// One caller is allowed and refused many things in minutes
    ///
    /// Somebody feels his way along the walls of a role: some doors open, others do not.
    ///
    /// **Benign:** Dashboards that ask for everything and show what they get.
    ///
    /// **Respond:** See what was allowed between the refusals.
    "AUD-024" {
        severity: Low,
        attack: Discovery "T1613",
        rows: ["24"],
        needs: [],
        on: [(ANY_VERB, EVERYTHING)],
        when: Refused,
        fires: [r"{repeat: 16, verb: list, objectRef: {resource: 'r{n}', namespace: 'ns{n}'}, responseStatus: {code: 403}}"],
        quiet: [
            r"{repeat: 40, verb: list, objectRef: {resource: pods, namespace: shop}, responseStatus: {code: 403}}",
            r"{repeat: 40, verb: list, objectRef: {resource: 'r{n}', namespace: 'ns{n}'}}",
            r"{repeat: 40, verb: watch, user: {username: 'system:node:w', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: configmaps, namespace: 'n{n}', name: c}, responseStatus: {code: 403}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.is_control_plane() || call.is_unauthenticated() {
        return;
    }
    let asked = [call.event.verb(), call.resource(), call.namespace()];
    if let Some(count) = memory.reaches(15, 600, &[call.user()], &asked) {
        found
            .say(format!(
                "was refused {count} different things within ten minutes"
            ))
            .with("user.username", call.user());
    }
}
