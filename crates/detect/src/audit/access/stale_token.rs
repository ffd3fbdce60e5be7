//! A token past its time, or of the old kind.

use crate::audit::prelude::*;

detection! {
    /// Stale or legacy service account token used
    ///
    /// The API server lets tokens of pods live on for a year for clients that do not renew, and notes their
    /// use; tokens from secrets never end. Both are what is found in old backups and images.
    ///
    /// **Benign:** Old client libraries, old integrations.
    ///
    /// **Respond:** Renew the client; delete the secret with the token.
    "AUD-009" {
        severity: Low,
        attack: DefenseEvasion "T1550.001",
        rows: ["9"],
        needs: [Annotations],
        on: [(ANY_VERB, EVERYTHING)],
        when: Permitted,
        fires: [
            r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: pods, namespace: shop}, annotations: {authentication.k8s.io/stale-token: 'subject: system:serviceaccount:shop:cart, seconds after warning threshold: 500'}}",
            r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: pods, namespace: shop}, annotations: {authentication.k8s.io/legacy-token: 'system:serviceaccount:shop:cart'}}",
        ],
        quiet: [r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: pods, namespace: shop}}"],
        run: Sequence(run),
    }
}

const SPAN: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    for (annotation, what) in [
        ("authentication.k8s.io/stale-token", "a token past its time"),
        (
            "authentication.k8s.io/legacy-token",
            "a token that never ends",
        ),
    ] {
        let Some(note) = call.event.annotation(annotation) else {
            continue;
        };
        if memory
            .reaches(1, SPAN, &[call.user(), annotation], &[""])
            .is_some()
        {
            found
                .say(format!("calls with {what}"))
                .with(format!("annotations.{annotation}"), note);
        }
    }
}
