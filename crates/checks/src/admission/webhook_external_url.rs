//! A webhook outside of the cluster.

use catseye_model::{Fields, Object};

use super::webhook::{CONFIGURATIONS, outside_host, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A webhook sends objects to a URL instead of a Service
    ///
    /// Every object that the rules name leaves the API server for a host that Kubernetes neither
    /// runs nor watches. The host learns what is deployed (Secrets, if the rules name them), decides
    /// what may be, and a mutating webhook's host rewrites it. Whoever takes over that name in DNS,
    /// or the machine behind it, has the cluster.
    ///
    /// **Fix:** Run the backend in the cluster and name its Service:
    /// ```yaml
    /// clientConfig:
    ///   service: {namespace: policy, name: webhook, path: /validate}
    /// ```
    "ADM-103" {
        severity: Medium,
        rows: ["F03"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: a.example.com
  clientConfig: {url: 'https://hooks.example.com:8443/mutate'}
",
        ],
        passes: [
            r"
# A webhook on the control plane's own machine, as managed clusters have them.
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: pod-identity-webhook}
webhooks:
- name: iam.example.com
  clientConfig: {url: 'https://127.0.0.1:23443/mutate'}
- name: service.example.com
  clientConfig: {service: {namespace: policy, name: webhook}}
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for webhook in webhooks(object) {
        let url = webhook.value.text("clientConfig.url");
        if let Some(host) = url.and_then(outside_host) {
            found.at(
                webhook.path("clientConfig.url"),
                format!("sends objects to {host}"),
            );
        }
    }
}
