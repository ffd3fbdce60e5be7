//! `failurePolicy: Ignore` on a webhook that enforces security.

use catseye_model::Object;

use super::webhook::{CONFIGURATIONS, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A policy engine's webhook lets requests through when it does not answer
    ///
    /// With `failurePolicy: Ignore` the API server admits an object when the policy engine is slow, down or
    /// cut off. Whoever can crash its pods, fill its queue or wait for an upgrade creates what the
    /// policies forbid, and nothing tells that they were not asked.
    ///
    /// **Fix:** Run the engine with several replicas and a disruption budget, exempt its own
    /// namespace and `kube-system` by `namespaceSelector`, then refuse on failure:
    /// ```yaml
    /// webhooks:
    /// - name: validation.gatekeeper.sh
    ///   failurePolicy: Fail
    /// ```
    "ADM-002" {
        severity: Medium,
        rows: ["F02"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: gatekeeper-validating-webhook-configuration}
webhooks:
- name: validation.gatekeeper.sh
  failurePolicy: Ignore
  clientConfig: {service: {namespace: gatekeeper-system, name: gatekeeper-webhook-service}}
  rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: [CREATE, UPDATE], resources: ['*']}]
",
        ],
        passes: [
            r"
# Fail is the default of v1.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: gatekeeper-validating-webhook-configuration}
webhooks:
- name: validation.gatekeeper.sh
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
",
            r"
# A convenience, not a guard.
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: timezone-injector}
webhooks:
- name: tz.example.com
  failurePolicy: Ignore
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
",
            r"
# The engine watches its own policies here; no pod is admitted by it.
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: kyverno-policy-validating-webhook-cfg}
webhooks:
- name: validate-policy.kyverno.svc
  failurePolicy: Ignore
  rules: [{apiGroups: [kyverno.io], apiVersions: ['*'], operations: [CREATE], resources: [policies]}]
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for webhook in webhooks(object) {
        if !webhook.fails_closed()
            && webhook.intercepts_pod_creation()
            && webhook.is_of_policy_engine()
        {
            let message = format!("{} admits what it cannot judge", webhook.name);
            found.at(webhook.path("failurePolicy"), message);
        }
    }
}
