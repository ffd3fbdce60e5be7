//! A webhook that points outside, or no longer refuses.

use crate::audit::prelude::*;

detection! {
    /// Webhook points outside, or fails open
    ///
    /// `clientConfig.url` sends what is written in the cluster to an address outside of it.
    /// `failurePolicy: Ignore` lets everything pass while the webhook does not answer.
    ///
    /// **Benign:** Managed policy services; webhooks that must not block the cluster.
    ///
    /// **Respond:** Check the address; secrets that were written since have been seen there.
    "AUD-122" {
        severity: High,
        attack: CredentialAccess "T1557",
        rows: ["122"],
        needs: [RequestBody],
        on: [(WRITE, WEBHOOKS)],
        when: Succeeded,
        fires: [
            r"{verb: create, objectRef: {resource: mutatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: w}, requestObject: {webhooks: [{name: w, clientConfig: {url: 'https://203.0.113.9/m'}}]}}",
            r"{verb: patch, objectRef: {resource: validatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: w}, requestObject: [{op: replace, path: /webhooks/0/failurePolicy, value: Ignore}]}",
        ],
        quiet: [r"{verb: create, objectRef: {resource: mutatingwebhookconfigurations, apiGroup: admissionregistration.k8s.io, name: w}, requestObject: {webhooks: [{name: w, failurePolicy: Ignore, clientConfig: {service: {name: w, namespace: shop}}}]}}"],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() {
        return;
    }
    for webhook in call.sent().list("webhooks") {
        let name = webhook.text("name").unwrap_or_default();
        if let Some(url) = webhook.text("clientConfig.url") {
            let local = ["https://127.0.0.1", "https://localhost", "https://[::1]"];
            if !local.iter().any(|prefix| url.starts_with(prefix)) {
                found
                    .say(format!(
                        "sends what is written to {url} by {} {name}",
                        call.what()
                    ))
                    .body("webhooks.clientConfig.url", url);
            }
        }
        // Made so is a choice; changed to it takes a refusal away.
        if call.verb.meets(CHANGE)
            && webhook.text("failurePolicy") == Some("Ignore")
            && call.is_human()
        {
            found
                .say(format!("made {} fail open", call.what()))
                .body("webhooks.failurePolicy", "Ignore");
        }
    }
}
