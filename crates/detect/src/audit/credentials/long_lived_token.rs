//! A token that outlives the day.

use crate::audit::prelude::*;

detection! {
    /// Long-lived service account token made
    ///
    /// A token valid for more than a day, or a secret of type `kubernetes.io/service-account-token`, which
    /// has no end at all, is a back door that no rotation closes.
    ///
    /// **Benign:** Old integrations that cannot renew a token.
    ///
    /// **Respond:** Delete the secret, or the service account for tokens without one, and give its user a
    /// way to renew.
    "AUD-044" {
        severity: Medium,
        attack: Persistence "T1098",
        rows: ["44"],
        needs: [RequestBody],
        on: [(CREATE, &["serviceaccounts/token", "secrets"])],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}, requestObject: {spec: {expirationSeconds: 31536000}}}",
            r"{verb: create, objectRef: {resource: secrets, namespace: shop, name: t}, requestObject: {type: kubernetes.io/service-account-token, metadata: {annotations: {kubernetes.io/service-account.name: cart}}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: serviceaccounts, subresource: token, namespace: shop, name: cart}, requestObject: {spec: {expirationSeconds: 3600}}}",
            r"{verb: create, objectRef: {resource: secrets, namespace: shop, name: t}, requestObject: {type: Opaque}}",
        ],
        run: Call(run),
    }
}

const DAY: i64 = 24 * 60 * 60;

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    let sent = call.sent();
    if let Some(seconds) = sent
        .integer("spec.expirationSeconds")
        .filter(|seconds| *seconds > DAY)
    {
        found
            .say(format!(
                "made a token of service account {}/{} that is valid for {} days",
                call.namespace(),
                call.name(),
                seconds / DAY
            ))
            .body("spec.expirationSeconds", seconds.to_string());
    }
    if sent.text("type") == Some("kubernetes.io/service-account-token") {
        let account = sent
            .entry("metadata.annotations", "kubernetes.io/service-account.name")
            .unwrap_or_default();
        found
            .say(format!(
                "made a token without end of service account {}/{account} in {}",
                call.namespace(),
                call.what()
            ))
            .body("type", "kubernetes.io/service-account-token");
    }
}
