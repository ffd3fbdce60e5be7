//! Audit events of several API servers, out of order and with calls between them that the log does not show:
//! nobody is named for what another did.

use catseye_drift::ledger::Touched;
use catseye_drift::{Journal, Ledger, Schemas};
use catseye_event::Event;
use catseye_model::{Completeness, Inventory, ObjectKey, RedactionKey};

fn deployment(version: u32, replicas: u32, paused: bool) -> serde_json::Value {
    serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "resourceVersion": version.to_string()},
        "spec": {"replicas": replicas, "paused": paused}})
}

struct Told {
    user: &'static str,
    verb: &'static str,
    request: serde_json::Value,
    response: serde_json::Value,
}

/// Who touched what, as the ledger has it, and whether that is certain.
fn heard(events: &[Told]) -> Vec<(String, Vec<String>, bool)> {
    let key = RedactionKey::new([0; 32]);
    let mut journal = Journal::new(Ledger::new(), 0);
    let nothing = Inventory::new(Vec::new(), Completeness::Cluster);
    journal.know(&nothing, [("apps", "Deployment")]);
    for (place, told) in events.iter().enumerate() {
        let text = serde_json::json!({"auditID": place.to_string(), "verb": told.verb, "stage": "ResponseComplete",
            "requestReceivedTimestamp": format!("2026-11-21T10:00:{:02}.000000Z", place),
            "user": {"username": told.user}, "responseStatus": {"code": 200},
            "objectRef": {"resource": "deployments", "apiGroup": "apps", "namespace": "shop", "name": "web"},
            "requestObject": told.request, "responseObject": told.response})
        .to_string();
        let event = Event::parse(&text, &key).unwrap().unwrap();
        journal.observe(Schemas::builtin(), &event);
    }
    let key = ObjectKey {
        group: "apps".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
    };
    let path = |touched: &Touched| touched.path.clone();
    let calls = journal.ledger.calls(&key).iter();
    calls
        .map(|call| {
            let touched = call.touched.iter().flatten().map(path).collect();
            (call.user.clone(), touched, call.is_uncertain)
        })
        .collect()
}

fn paused(value: bool) -> serde_json::Value {
    serde_json::json!({"spec": {"paused": value}})
}

#[test]
fn a_patch_touches_what_it_sent_and_not_what_another_did_in_between() {
    let seen = heard(&[
        Told {
            user: "ci",
            verb: "create",
            request: deployment(0, 1, false),
            response: deployment(5, 1, false),
        },
        // Between the two eve scaled, and her event comes later.
        Told {
            user: "jane",
            verb: "patch",
            request: paused(true),
            response: deployment(7, 9, true),
        },
        Told {
            user: "eve",
            verb: "patch",
            request: serde_json::json!({"spec": {"replicas": 9}}),
            response: deployment(6, 9, false),
        },
        Told {
            user: "omar",
            verb: "patch",
            request: paused(false),
            response: deployment(8, 9, false),
        },
    ]);
    let told: Vec<(&str, Vec<String>)> = seen
        .iter()
        .map(|(user, touched, _)| (user.as_str(), touched.clone()))
        .collect();
    let paused = vec!["spec.paused".to_owned()];
    assert_eq!(
        told,
        [
            ("ci", vec![]),
            ("jane", paused.clone()),
            ("eve", vec!["spec.replicas".to_owned()]),
            ("omar", paused),
        ]
    );
}

#[test]
fn an_update_is_certain_when_it_says_which_version_it_changed() {
    for (base, uncertain) in [(5, false), (6, true)] {
        let seen = heard(&[
            Told {
                user: "ci",
                verb: "create",
                request: deployment(0, 1, false),
                response: deployment(5, 1, false),
            },
            Told {
                user: "jane",
                verb: "update",
                request: deployment(base, 9, true),
                response: deployment(7, 9, true),
            },
        ]);
        assert_eq!(seen[1].2, uncertain, "{seen:?}");
    }
}
