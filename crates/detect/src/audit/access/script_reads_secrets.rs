//! Secrets, by curl.

use crate::audit::prelude::*;

detection! {
    /// Secrets read by a script client
    ///
    /// A stolen token is used with what is at hand: curl or a few lines of Python. Programs that are made
    /// for Kubernetes have their own user agents.
    ///
    /// **Benign:** Home-grown scripts.
    ///
    /// **Respond:** Ask who runs it; replace the token and the secrets if nobody does.
    "AUD-012" {
        severity: High,
        attack: CredentialAccess "T1552.007",
        rows: ["12"],
        needs: [UserAgent],
        on: [(READ, SECRETS)],
        when: Any,
        fires: [r"{verb: list, user: {username: 'system:serviceaccount:shop:cart'}, userAgent: curl/8.5.0, objectRef: {resource: secrets, namespace: shop}}"],
        quiet: [
            r"{verb: list, userAgent: 'vault-operator/v1.2 (linux/amd64)', objectRef: {resource: secrets, namespace: shop}}",
            r"{verb: list, userAgent: curl/8.5.0, objectRef: {resource: configmaps, namespace: shop}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let agent = call.event.user_agent();
    if is_script(agent) && !call.is_deployer() && !call.is_unauthenticated() {
        found
            .say(format!("{} with {agent}", call.tried()))
            .with("userAgent", agent);
        if call.is_refused() {
            found.lower_to(Severity::Medium);
        }
    }
}
