//! The secrets of the system's own namespaces.

use crate::audit::prelude::*;

detection! {
    /// Secrets listed in a system namespace
    ///
    /// `kube-system` holds the credentials of the cluster's own parts: cloud keys, bootstrap tokens,
    /// certificates.
    ///
    /// **Benign:** Add-on managers and Helm releases in `kube-system`, administrators.
    ///
    /// **Respond:** If the actor is not known for it, replace what lies there, cloud keys first.
    "AUD-036" {
        severity: Medium,
        attack: CredentialAccess "T1552.007",
        rows: ["36"],
        needs: [],
        on: [(LIST, SECRETS)],
        when: Succeeded,
        fires: [r"{verb: list, objectRef: {resource: secrets, namespace: kube-system}}"],
        quiet: [
            r"{verb: list, objectRef: {resource: secrets, namespace: shop}}",
            r"{verb: list, user: {username: 'system:serviceaccount:kube-system:helm-install-traefik'}, objectRef: {resource: secrets, namespace: kube-system}}",
            r"# One secret by its name is no list.
{verb: list, requestURI: '/api/v1/namespaces/kube-system/secrets?fieldSelector=metadata.name%3Dtls&watch=false', objectRef: {resource: secrets, namespace: kube-system, name: tls}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.in_system_namespace()
        && call.name().is_empty()
        && !call.is_system()
        && !call.is_deployer()
    {
        found
            .say(format!("listed the {}", call.what()))
            .with("objectRef.namespace", call.namespace());
    }
}
