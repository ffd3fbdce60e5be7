//! One secret after the other.

use crate::audit::prelude::*;

detection! {
    /// Many different secrets read in a short time
    ///
    /// Who may not list reads by name: from environment variables, volumes, or guesses. Ten different
    /// secrets in fifteen minutes is more than a workload needs.
    ///
    /// **Benign:** Deployments of large charts, secret operators at start.
    ///
    /// **Respond:** Compare with what the actor's pods mount; replace what it had no business with.
    "AUD-037" {
        severity: Medium,
        attack: CredentialAccess "T1552.007",
        rows: ["37"],
        needs: [],
        on: [(GET, SECRETS)],
        when: Succeeded,
        fires: [r"{repeat: 12, verb: get, objectRef: {resource: secrets, namespace: shop, name: 'db-{n}'}}"],
        quiet: [
            r"{repeat: 50, verb: get, objectRef: {resource: secrets, namespace: shop, name: db}}",
            r"{repeat: 50, verb: get, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: secrets, namespace: shop, name: 'db-{n}'}}",
            r"# Helm reads its own releases.
{repeat: 12, verb: get, objectRef: {resource: secrets, namespace: shop, name: 'sh.helm.release.v1.shop.v{n}'}}",
        ],
        run: Sequence(run),
    }
}

const THRESHOLD: usize = 10;
const SPAN: i64 = 15 * 60;

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    if call.is_control_plane() || call.is_deployer() || call.name().starts_with("sh.helm.release.")
    {
        return;
    }
    let secret = [call.namespace(), call.name()];
    if let Some(count) = memory.reaches(THRESHOLD, SPAN, &[call.user()], &secret) {
        found
            .say(format!("read {count} different secrets within 15 minutes"))
            .with("objectRef.name", call.name());
    }
}
