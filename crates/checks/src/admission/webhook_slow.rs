//! `timeoutSeconds` above the default.

use catseye_model::{Fields, Object};

use super::webhook::{CONFIGURATIONS, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A webhook may hold up a request for more than ten seconds
    ///
    /// The API server waits that long for every object that the rules name, webhook after webhook. One
    /// hanging backend then stalls deployments, node leases and the controllers that retry them, and
    /// requests pile up until the API server sheds load.
    ///
    /// **Fix:** Answer fast and give up fast:
    /// ```yaml
    /// timeoutSeconds: 5
    /// ```
    "ADM-105" {
        severity: Low,
        rows: ["F03"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks: [{name: a.example.com, timeoutSeconds: 30}]
",
        ],
        passes: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks: [{name: a.example.com, timeoutSeconds: 10}, {name: default.example.com}]
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for webhook in webhooks(object) {
        if let Some(seconds) = webhook.value.integer("timeoutSeconds")
            && seconds > 10
        {
            found.at(
                webhook.path("timeoutSeconds"),
                format!("waits {seconds} seconds"),
            );
        }
    }
}
