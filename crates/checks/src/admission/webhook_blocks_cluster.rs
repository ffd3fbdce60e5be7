//! A webhook that refuses pods of `kube-system` or of its own backend while the backend is down.

use catseye_model::Value;
use catseye_model::{Fields, Kind, Object, Selector};

use super::webhook::{Backend, CONFIGURATIONS, Webhook, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A webhook can lock the cluster out of starting the pods that it depends on
    ///
    /// The webhook refuses pods while its backend does not answer, and it is asked about pods of
    /// `kube-system` or of the backend itself. After a power cut, a drained node or one bad release
    /// the backend cannot start because it would have to approve its own pods, and neither can the
    /// network plugin or CoreDNS that it needs. Somebody has to delete the webhook by hand.
    ///
    /// **Fix:** Leave out the system's namespaces and the backend's own:
    /// ```yaml
    /// namespaceSelector:
    ///   matchExpressions:
    ///   - key: kubernetes.io/metadata.name
    ///     operator: NotIn
    ///     values: [kube-system, policy-system]
    /// ```
    "ADM-102" {
        severity: Medium,
        rows: ["F02"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: policy}
webhooks:
- name: pods.example.com
  failurePolicy: Fail
  clientConfig: {service: {namespace: policy, name: policy}}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
",
            r"
# kube-system is left out, the backend's own namespace is not.
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: policy}
webhooks:
- name: pods.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  namespaceSelector:
    matchExpressions:
    - {key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}
  rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*']}]
",
        ],
        passes: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: policy}
webhooks:
- name: both-left-out.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  namespaceSelector:
    matchExpressions:
    - {key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system, policy]}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
- name: ignores.example.com
  failurePolicy: Ignore
  clientConfig: {service: {namespace: policy, name: policy}}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
- name: own-kinds-only.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  rules: [{apiGroups: [example.com], apiVersions: [v1], operations: ['*'], resources: ['*']}]
- name: updates-only.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [pods]}]
- name: asked-for.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  objectSelector: {matchLabels: {inject: 'true'}}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
- name: by-a-label-not-visible-here.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  namespaceSelector: {matchExpressions: [{key: policy/ignore, operator: DoesNotExist}]}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
- name: conditions.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  matchConditions: [{name: a, expression: 'object.metadata.namespace == ''shop'''}]
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
",
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: policy}
webhooks:
- name: labelled-namespaces.example.com
  clientConfig: {service: {namespace: policy, name: policy}}
  namespaceSelector: {matchExpressions: [{key: policy/ignore, operator: DoesNotExist}]}
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
---
apiVersion: v1
kind: Namespace
metadata: {name: policy, labels: {policy/ignore: 'true'}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {policy/ignore: 'true'}}
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    for webhook in webhooks(object) {
        let Some(backend) = webhook.backend() else {
            continue;
        };
        if !webhook.fails_closed()
            || !webhook.intercepts_pod_creation()
            || webhook.has_match_conditions()
        {
            continue;
        }
        let selects = |namespace| webhook.selects_namespace(namespace, context.inventory);
        if selects("kube-system") == Some(true) && webhook.selects_labels(&Value::Null) {
            let message = format!(
                "{} refuses pods of kube-system while it is down",
                webhook.name
            );
            found.at(webhook.path("namespaceSelector"), message);
        } else if selects(backend.namespace) == Some(true)
            && judges_own_pods(&webhook, backend, context)
        {
            let message = format!(
                "{} refuses pods of its own namespace {} while it is down",
                webhook.name, backend.namespace
            );
            found.at(webhook.path("namespaceSelector"), message);
        }
    }
}

/// True when no `objectSelector` keeps the backend's pods away from the webhook.
fn judges_own_pods(webhook: &Webhook<'_>, backend: Backend<'_>, context: &Context<'_>) -> bool {
    if !webhook.value.has("objectSelector") {
        return true;
    }
    let service = context
        .inventory
        .find(Kind::Service, backend.namespace, backend.name);
    let Some(selector) = service.and_then(|service| {
        let labels = service.value().at("spec.selector");
        Selector::of_map(labels).ok().filter(|_| labels.is_object())
    }) else {
        return false;
    };
    context
        .inventory
        .workloads_selected(backend.namespace, &selector)
        .any(|(_, pod)| webhook.selects_labels(pod.labels()))
}
