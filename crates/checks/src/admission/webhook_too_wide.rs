//! Webhook rules that name every resource of every group.

use catseye_model::{Fields, Object, Severity};

use super::webhook::{CONFIGURATIONS, webhooks};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A webhook is asked about every object of the cluster
    ///
    /// Rules with `*` for groups and resources send the backend each Secret, token request and role as
    /// it is written, so whoever reads the backend's memory or log reads them all. They also put the
    /// backend in the way of node leases, events and its own recovery.
    ///
    /// Policy engines that are known by name are left out: judging everything is their purpose.
    ///
    /// **Fix:** Name the resources that the webhook is for:
    /// ```yaml
    /// rules:
    /// - apiGroups: [apps]
    ///   apiVersions: [v1]
    ///   operations: [CREATE, UPDATE]
    ///   resources: [deployments, statefulsets]
    /// ```
    "ADM-106" {
        severity: Low,
        rows: ["F03"],
        fails: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: labeller}
webhooks:
- name: a.example.com
  rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*']}]
",
        ],
        passes: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: own-group.example.com
  rules: [{apiGroups: [example.com], apiVersions: ['*'], operations: ['*'], resources: ['*']}]
- name: one-resource.example.com
  rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: [deployments]}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: kyverno-resource-validating-webhook-cfg}
webhooks:
- name: validate.kyverno.svc-fail
  rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*']}]
",
        ],
        run: Objects(CONFIGURATIONS, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    for webhook in webhooks(object) {
        if webhook.is_of_policy_engine() {
            continue;
        }
        for (index, rule) in webhook.value.list("rules").iter().enumerate() {
            let every_group = rule.texts("apiGroups").any(|group| group == "*");
            let every_resource = rule
                .texts("resources")
                .any(|resource| matches!(resource, "*" | "*/*"));
            if !every_group || !every_resource {
                continue;
            }
            let path = webhook.path("rules").index(index).join("resources");
            if webhook.mutates() {
                let message = format!("{} may rewrite every object", webhook.name);
                found.at_severity(Severity::Medium, path, message);
            } else {
                found.at(path, format!("{} sees every object", webhook.name));
            }
        }
    }
}
