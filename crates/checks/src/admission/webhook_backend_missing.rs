//! A webhook whose Service is not there.

use catseye_model::{Object, Severity};

use super::webhook::{CONFIGURATIONS, missing_backend, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A webhook is sent to a Service that is not there
    ///
    /// A webhook that refuses on failure blocks every request that its rules name, for instance the
    /// creation of all pods; one that ignores failures judges nothing at all. And whoever may create a
    /// Service of that name in that namespace becomes the webhook, if the certificate is theirs too.
    ///
    /// **Fix:** Deploy the backend, correct `clientConfig.service`, or delete the configuration that an
    /// uninstalled product left behind.
    "ADM-003" {
        severity: Medium,
        rows: ["F03"],
        fails: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: left-behind}
webhooks:
- name: a.example.com
  clientConfig: {service: {namespace: policy, name: webhook}}
",
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: wrong-port}
webhooks:
- name: a.example.com
  clientConfig: {service: {namespace: policy, name: webhook}}
---
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: policy}
spec: {ports: [{port: 9443}]}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: a.example.com
  clientConfig: {service: {namespace: policy, name: webhook, port: 9443}}
- name: url.example.com
  clientConfig: {url: 'https://hooks.example.com/'}
---
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: policy}
spec: {ports: [{port: 9443, targetPort: 1}]}
",
            r"
# The backend may be in another repository.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: a.example.com
  clientConfig: {service: {namespace: policy, name: webhook}}
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    for webhook in webhooks(object) {
        let missing = webhook
            .backend()
            .and_then(|backend| missing_backend(backend, context.inventory));
        let Some(missing) = missing else { continue };
        let path = webhook.path("clientConfig.service");
        if webhook.fails_closed() {
            let message = format!("{missing}, so {} refuses every request", webhook.name);
            found.at_severity(Severity::High, path, message);
        } else {
            let message = format!("{missing}, so {} judges nothing", webhook.name);
            found.at(path, message);
        }
    }
}
