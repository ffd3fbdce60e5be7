//! What Helm keeps of a release.

use crate::audit::prelude::*;

detection! {
    /// Helm release read by a script or a default service account
    ///
    /// A release secret holds the whole chart with all its values, passwords among them, for every
    /// version that was ever installed.
    ///
    /// **Benign:** Scripts that report versions; they should ask Helm.
    ///
    /// **Respond:** Replace the passwords that stand in the values.
    "AUD-042" {
        severity: Medium,
        attack: CredentialAccess "T1552.007",
        rows: ["42"],
        needs: [],
        on: [(GET, SECRETS)],
        when: Succeeded,
        fires: [r"{verb: get, userAgent: curl/8.5.0, objectRef: {resource: secrets, namespace: shop, name: sh.helm.release.v1.shop.v3}}"],
        quiet: [
            r"{verb: get, userAgent: Helm/3.14.0, objectRef: {resource: secrets, namespace: shop, name: sh.helm.release.v1.shop.v3}}",
            r"{verb: get, userAgent: curl/8.5.0, objectRef: {resource: secrets, namespace: shop, name: db}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let default = matches!(
        call.actor(),
        Actor::ServiceAccount {
            name: "default",
            ..
        }
    );
    let release = call.name().starts_with("sh.helm.release.v1.");
    if release && (default || is_script(call.event.user_agent())) && !call.is_deployer() {
        found
            .say(format!("read the Helm release in {}", call.what()))
            .with("userAgent", call.event.user_agent());
    }
}
