//! Webhook configurations that the team has not listed.

use catseye_model::{FieldPath, Object, Severity};

use super::webhook::{CONFIGURATIONS, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An admission webhook is not among the known ones
    ///
    /// An admission webhook sees every object that its rules name, Secrets included, and a mutating
    /// one rewrites them: a container added to each new pod, an image exchanged, a service account
    /// swapped. Registering one is a quiet way to stay in a cluster after the first foothold is lost
    /// (MS-TA9015, "malicious admission controller").
    ///
    /// The check knows what is yours by `known-webhooks`; without that list it has no opinion.
    ///
    /// **Fix:** Find out who installed the webhook and where its backend runs. Remove it, or list it:
    /// ```toml
    /// [admission]
    /// known-webhooks = ["cert-manager-webhook", "gatekeeper-validating-webhook-configuration"]
    /// ```
    "ADM-001" {
        severity: Medium,
        rows: ["F01"],
        fails: [
            r"# config: admission.known-webhooks = ['cert-manager-webhook']
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: sidecar}
webhooks: [{name: a.example.com}]
",
        ],
        passes: [
            r"# config: admission.known-webhooks = ['cert-manager-webhook']
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: cert-manager-webhook}
webhooks: [{name: webhook.cert-manager.io}]
",
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: nobody-wrote-a-list}
webhooks: [{name: a.example.com}]
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let known = &context.config.admission.known_webhooks;
    if known.is_empty() || known.iter().any(|name| name == object.name()) {
        return;
    }
    let path = FieldPath::root().join("metadata.name");
    if webhooks(object).any(|webhook| webhook.mutates()) {
        let message = format!(
            "rewrites objects and is no known webhook: {}",
            object.name()
        );
        found.at_severity(Severity::High, path, message);
    } else {
        found.at(path, format!("is no known webhook: {}", object.name()));
    }
}
