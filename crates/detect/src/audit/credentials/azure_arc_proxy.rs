//! Azure Arc, reaching for secrets.

use crate::audit::prelude::*;

detection! {
    /// Secret or ConfigMap accessed through Azure Arc
    ///
    /// Whoever holds the right role in Azure reaches the cluster through the Arc proxy, from anywhere, as
    /// its service account.
    ///
    /// **Benign:** Arc's own configuration in its own namespace.
    ///
    /// **Respond:** Look into Azure's activity log for who connected.
    "AUD-053" {
        severity: Medium,
        attack: CredentialAccess "T1552.007",
        rows: ["53"],
        needs: [],
        on: [(ANY_VERB, &["secrets", "configmaps"])],
        when: Succeeded,
        fires: [r"{verb: get, user: {username: jane@example.com}, impersonatedUser: {username: 'system:serviceaccount:azure-arc:azure-arc-kube-aad-proxy-sa'}, objectRef: {resource: secrets, namespace: shop, name: db}}"],
        quiet: [
            r"{verb: get, user: {username: 'system:serviceaccount:azure-arc:azure-arc-operatorsa'}, objectRef: {resource: configmaps, namespace: azure-arc, name: c}}",
            r"{verb: get, user: {username: 'system:serviceaccount:shop:cart'}, objectRef: {resource: secrets, namespace: shop, name: db}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let through = |name: &str| name.starts_with("system:serviceaccount:azure-arc:");
    let arc = through(call.user()) || through(&call.event.user().username);
    let own = call.namespace().starts_with("azure-arc") || call.in_system_namespace();
    if arc && !own {
        found
            .say(format!("{} through Azure Arc", call.did_what()))
            .with("user.username", call.event.user().username.as_str());
    }
}
