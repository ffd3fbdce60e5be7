//! All secrets, now and from now on.

use crate::audit::prelude::*;

detection! {
    /// All secrets of the cluster watched by a person or a default service account
    ///
    /// A watch gives every secret once and then every change, for as long as it is open, and leaves one
    /// line in the log.
    ///
    /// **Benign:** Dashboards under a person's login.
    ///
    /// **Respond:** As for a list of all secrets: if it was not meant, replace them.
    "AUD-041" {
        severity: High,
        attack: CredentialAccess "T1552.007",
        rows: ["41"],
        needs: [],
        on: [(WATCH, SECRETS)],
        when: Succeeded,
        fires: [r"{verb: watch, stage: ResponseStarted, objectRef: {resource: secrets}}"],
        quiet: [
            r"{verb: watch, user: {username: 'system:serviceaccount:vault:operator'}, objectRef: {resource: secrets}}",
            r"{verb: watch, user: {username: 'system:apiserver'}, objectRef: {resource: secrets}}",
            r"{verb: watch, objectRef: {resource: secrets, namespace: shop}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let whole_cluster = call.namespace().is_empty() && call.name().is_empty();
    let default = matches!(
        call.actor(),
        Actor::ServiceAccount {
            name: "default",
            ..
        }
    );
    if whole_cluster && (call.is_human() || default) && !call.is_deployer() {
        found
            .say("watches all secrets of the cluster")
            .with("requestURI", call.event.request_uri());
    }
}
