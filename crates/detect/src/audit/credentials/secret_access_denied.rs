//! Secrets asked for and not given.

use crate::audit::prelude::*;

detection! {
    /// Access to secrets denied again and again
    ///
    /// A stolen identity is tried on what it might open. Each refusal is harmless; the series says that
    /// somebody is looking.
    ///
    /// **Benign:** A workload whose role is missing a rule asks for the same secret for ever.
    ///
    /// **Respond:** Find out what runs under the identity; replace its token if nobody can tell.
    "AUD-038" {
        severity: Medium,
        attack: CredentialAccess "T1552.007",
        rows: ["38"],
        needs: [],
        on: [(READ, SECRETS)],
        when: Refused,
        fires: [
            r"{repeat: 20, verb: get, objectRef: {resource: secrets, namespace: shop, name: 'db-{n}'}, responseStatus: {code: 403}}",
            r"# Different secrets, or different namespaces, tell sooner than the same one over and over.
{repeat: 5, verb: list, objectRef: {resource: secrets, namespace: 'ns-{n}'}, responseStatus: {code: 403}}",
        ],
        quiet: [
            r"{repeat: 4, verb: get, objectRef: {resource: secrets, namespace: shop, name: 'db-{n}'}, responseStatus: {code: 403}}",
            r"{repeat: 60, verb: get, objectRef: {resource: secrets, namespace: shop, name: db}, responseStatus: {code: 403}}",
            r"{repeat: 60, verb: watch, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: secrets, namespace: shop, name: 'db-{n}'}, responseStatus: {code: 403}}",
        ],
        run: Sequence(run),
    }
}

const THRESHOLD: usize = 5;
const SPAN: i64 = 15 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    // Kubelets go on watching secrets of pods that have left.
    if call.is_system() {
        return;
    }
    let secret = [call.namespace(), call.name()];
    if let Some(count) = memory.reaches(THRESHOLD, SPAN, &[call.user()], &secret) {
        found
            .say(format!(
                "was refused {count} different secrets or lists of them within 15 minutes"
            ))
            .with(
                "responseStatus.code",
                call.event.code().unwrap_or(403).to_string(),
            );
    }
}
