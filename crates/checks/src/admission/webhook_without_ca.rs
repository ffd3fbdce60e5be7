//! A webhook without the certificate authority of its Service.

use catseye_model::{Completeness, Fields, Object};

use super::webhook::{CONFIGURATIONS, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A webhook has no certificate authority to verify its Service with
    ///
    /// Without `caBundle` the API server trusts the authorities of its own machine, none of which
    /// signs for a name like `webhook.policy.svc`. The call fails: the webhook blocks every request
    /// that it names, or, where failures are ignored, judges nothing.
    ///
    /// **Fix:** Fill in `caBundle`, or let cert-manager do it:
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     cert-manager.io/inject-ca-from: policy/webhook-certificate
    /// ```
    "ADM-104" {
        severity: Low,
        rows: ["F03"],
        fails: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: a.example.com
  clientConfig: {service: {namespace: policy, name: webhook}}
- name: placeholder.example.com
  clientConfig: {caBundle: Cg==, service: {namespace: policy, name: webhook}}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: a.example.com
  clientConfig: {caBundle: LS0tLS1CRUdJTg==, service: {namespace: policy, name: webhook}}
- name: public.example.com
  clientConfig: {url: 'https://hooks.example.com/'}
",
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a, annotations: {cert-manager.io/inject-ca-from: policy/cert}}
webhooks: [{name: a.example.com, clientConfig: {service: {namespace: policy, name: webhook}}}]
",
            r"
# In a repository: a job or a controller fills it in after installation.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks: [{name: a.example.com, clientConfig: {service: {namespace: policy, name: webhook}}}]
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

/// Annotations by which a controller fills in the bundle.
const INJECTORS: [&str; 5] = [
    "cert-manager.io/inject-ca-from",
    "cert-manager.io/inject-ca-from-secret",
    "cert-manager.io/inject-apiserver-ca",
    "certmanager.k8s.io/inject-ca-from",
    "service.beta.openshift.io/inject-cabundle",
];

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    if context.inventory.completeness() != Completeness::Cluster
        || INJECTORS.iter().any(|key| object.annotation(key).is_some())
    {
        return;
    }
    for webhook in webhooks(object) {
        let bundle = webhook
            .value
            .text("clientConfig.caBundle")
            .unwrap_or_default();
        // `Cg==` is a line break, which generators write as a placeholder.
        if webhook.backend().is_some() && matches!(bundle, "" | "Cg==") {
            found.at(
                webhook.path("clientConfig.caBundle"),
                format!("{} cannot verify its Service", webhook.name),
            );
        }
    }
}
