//! A service account's token, made by somebody else.

use crate::audit::prelude::*;

detection! {
    /// Service account token minted by hand
    ///
    /// `serviceaccounts/token` makes a token of any service account: a way to act as it from anywhere,
    /// without touching its pods.
    ///
    /// **Benign:** `kubectl create token` by people, secret operators, CI that signs in to clouds.
    ///
    /// **Respond:** Follow the token: its id is in the answer's annotation and in every call made with it.
    "AUD-043" {
        severity: Low,
        attack: CredentialAccess "T1528",
        rows: ["43"],
        needs: [],
        on: [(CREATE, &["serviceaccounts/token"])],
        when: Succeeded,
        fires: [r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}}"],
        quiet: [
            r"{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}}",
            r"{verb: create, user: {username: 'system:kube-controller-manager'}, objectRef: {resource: serviceaccounts, subresource: token, namespace: kube-system, name: replicaset-controller}}",
            r"{verb: create, objectRef: {resource: serviceaccounts, namespace: shop, name: cart}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let own = call.user() == format!("system:serviceaccount:{}:{}", call.namespace(), call.name());
    if call.is_control_plane() || call.is_deployer() || own {
        return;
    }
    found
        .say(format!(
            "made a token of service account {}/{}",
            call.namespace(),
            call.name()
        ))
        .with("objectRef", format!("{}/{}", call.namespace(), call.name()));
}
