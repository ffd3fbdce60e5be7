//! Scenarios over whole streams of events.

use catseye_event::intake::Intake;
use catseye_model::{RedactionKey, Severity};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::baseline::{self, Baseline};
use crate::detection::{Detection, Tactic, Target};

/// An event in short: `10:05 alice create pods/exec shop web-0`, on Monday 23 November 2026.
fn event(number: usize, text: &str) -> Value {
    let mut words = text.split(' ');
    let (time, user) = (words.next().unwrap(), words.next().unwrap());
    let verb = words.next().unwrap();
    let (resource, subresource) = {
        let resource = words.next().unwrap();
        resource.split_once('/').unwrap_or((resource, ""))
    };
    let namespace = words.next().unwrap_or_default();
    let name = words.next().unwrap_or_default();
    json!({
        "kind": "Event", "level": "RequestResponse", "stage": "ResponseComplete",
        "auditID": format!("{user}-{number}"),
        "verb": verb, "user": {"username": user}, "sourceIPs": ["10.0.0.1"],
        "userAgent": "kubectl/v1.36.1", "requestURI": "/",
        "objectRef": {"resource": resource, "subresource": subresource, "namespace": namespace, "name": name},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": format!("2026-11-23T{time}:00Z"),
    })
}

/// A stand-in for the rules: the name of the object says which rule matches.
fn ruled(event: &catseye_event::Event<'_>) -> Vec<Detection> {
    let rule = |id: &'static str, severity, tactic| Detection {
        rule: id.into(),
        title: format!("Rule {id}").into(),
        severity,
        tactic,
        technique: "T1000".into(),
        actor: event.effective_user().username.to_string(),
        impersonator: None,
        target: Target {
            verb: event.verb().to_owned(),
            resource: event.resource().to_owned(),
            ..Target::default()
        },
        event: event.audit_id().to_owned(),
        time: event.time().unwrap(),
        message: "did it".to_owned(),
        evidence: Vec::new(),
    };
    match event.name() {
        "low" => vec![rule("R-LOW", Severity::Low, Tactic::Discovery)],
        "secret" => vec![rule("R-SECRET", Severity::Medium, Tactic::CredentialAccess)],
        "exec" => vec![rule("R-EXEC", Severity::Medium, Tactic::Execution)],
        "bind" => vec![rule("R-BIND", Severity::High, Tactic::PrivilegeEscalation)],
        _ => Vec::new(),
    }
}

fn watched(events: &[Value]) -> Vec<Incident> {
    let mut watch = Watch::new(
        Config::default(),
        Baseline::new(baseline::Config::default()),
    );
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut sink = |event: &catseye_event::Event<'_>| {
        let detections = ruled(event);
        watch.observe(event, &detections);
    };
    for event in events {
        intake.feed(format!("{event}\n").as_bytes(), &mut sink);
    }
    intake.finish(&mut sink);
    watch.finish().0
}

fn told(texts: &[&str]) -> Vec<Incident> {
    let events: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| event(n, text))
        .collect();
    watched(&events)
}

#[test]
fn a_hundred_alerts_of_one_actor_are_one_incident() {
    let texts: Vec<String> = (0..60)
        .map(|minute| format!("10:{minute:02} alice get secrets shop secret"))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let incidents = told(&texts);
    let [incident] = incidents.as_slice() else {
        panic!("{incidents:?}");
    };
    assert_eq!(incident.evidence.len(), 1);
    assert_eq!(incident.evidence[0].count, 60);
    assert_eq!(incident.evidence[0].event_ids.len(), 5);
    assert_eq!(incident.sessions.len(), 1);
}

#[test]
fn three_tactics_make_a_chain_and_say_so() {
    let incidents = told(&[
        "10:00 alice get secrets shop secret",
        "10:05 alice create pods/exec shop exec",
        "10:09 alice create rolebindings shop bind",
    ]);
    let [incident] = incidents.as_slice() else {
        panic!("{incidents:?}");
    };
    assert_eq!(incident.severity, Severity::Critical);
    assert_eq!(incident.known_since.to_string(), "2026-11-23T10:09:00Z");
    insta::assert_snapshot!(incident.reasons.join("\n"), @r#"
    high: Rule R-BIND [R-BIND]
    medium: Rule R-SECRET [R-SECRET]
    medium: Rule R-EXEC [R-EXEC]
    raised to critical: a chain of 3 tactics
    "#);
}

#[test]
fn a_slow_attack_is_one_incident_with_many_sessions() {
    let texts: Vec<String> = (1..9)
        .map(|hour| format!("{hour:02}:00 alice get secrets shop secret"))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let incidents = told(&texts);
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].sessions.len(), 8);
}

#[test]
fn a_quiet_evening_ends_an_incident() {
    let incidents = told(&[
        "08:00 alice get secrets shop secret",
        "20:00 alice get secrets shop secret",
    ]);
    assert_eq!(incidents.len(), 2);
    assert_ne!(incidents[0].id, incidents[1].id);
}

#[test]
fn a_controller_s_deed_is_put_down_to_who_changed_the_owner() {
    let mut by_controller = event(
        1,
        "10:01 system:serviceaccount:kube-system:replicaset-controller create pods shop exec",
    );
    by_controller["requestObject"] =
        json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}]}});
    let incidents = watched(&[
        event(0, "10:00 alice create replicasets shop web-1"),
        by_controller,
    ]);
    let [incident] = incidents.as_slice() else {
        panic!("{incidents:?}");
    };
    assert_eq!(incident.actor, "alice");
    let through = incident.evidence[0].through.as_deref();
    assert_eq!(
        through,
        Some("system:serviceaccount:kube-system:replicaset-controller")
    );
}

#[test]
fn another_account_s_claim_to_act_for_somebody_is_not_believed() {
    let mut claimed = event(
        1,
        "10:01 system:serviceaccount:shop:cart create pods shop exec",
    );
    claimed["requestObject"] =
        json!({"metadata": {"ownerReferences": [{"kind": "ReplicaSet", "name": "web-1"}]}});
    let incidents = watched(&[
        event(0, "10:00 alice create replicasets shop web-1"),
        claimed,
    ]);
    assert_eq!(incidents[0].actor, "system:serviceaccount:shop:cart");
}

#[test]
fn whoever_impersonates_answers_for_it() {
    let mut acting = event(0, "10:00 alice get secrets shop secret");
    acting["impersonatedUser"] = json!({"username": "system:kube-controller-manager"});
    let incidents = watched(&[acting]);
    assert_eq!(incidents[0].actor, "alice");
}

#[test]
fn the_two_stages_of_an_exec_count_once() {
    let mut started = event(0, "10:00 alice create pods/exec shop exec");
    let complete = started.clone();
    started["stage"] = "ResponseStarted".into();
    let incidents = watched(&[started, complete]);
    assert_eq!(incidents[0].events, 1);
}

#[test]
fn a_habit_is_no_incident_of_medium_severity() {
    let mut events = Vec::new();
    for day in 1..20 {
        let mut event = event(day, "10:00 cd get secrets shop secret");
        event["requestReceivedTimestamp"] = format!("2026-11-{day:02}T10:00:00Z").into();
        events.push(event);
    }
    let incidents = watched(&events);
    let on = |day: i8| {
        let of_day = |it: &&Incident| it.first.strftime("%d").to_string() == format!("{day:02}");
        incidents.iter().find(of_day).map(|it| it.severity)
    };
    assert_eq!(on(1), Some(Severity::Medium));
    assert!(on(19).is_none_or(|severity| severity < Severity::Medium));
}

#[test]
fn an_incident_says_what_to_do() {
    let incidents = told(&["10:00 system:serviceaccount:shop:cart get secrets shop secret"]);
    insta::assert_snapshot!(incidents[0].advice.join("\n"), @r#"
    Find out which pod called: if none of `shop/cart` should, delete the pods that hold its token (bound tokens die with them) and take its roles away.
    Change the secrets that were read, at their source, and see who used them since.
    "#);
}

proptest! {
    /// The incidents of one actor do not depend on what others do, nor on when they do it.
    #[test]
    fn others_change_nothing_for_one_actor(
        others in proptest::collection::vec((0..3_usize, 0..5_usize, 0..1380_u32), 0..60),
        places in proptest::collection::vec(0..64_usize, 60),
    ) {
        let mine = [
            "10:00 alice get secrets shop secret",
            "10:05 alice create pods/exec shop exec",
            "11:09 alice create rolebindings shop bind",
            "19:00 alice list pods shop low",
        ];
        let mine: Vec<Value> = mine.iter().enumerate().map(|(n, text)| event(n, text)).collect();
        let names = ["low", "secret", "exec", "bind", "nothing"];
        let mut mixed = mine.clone();
        for (n, ((who, what, minute), place)) in others.iter().zip(&places).enumerate() {
            let who = ["bob", "carol", "system:serviceaccount:mail:sender"][*who];
            let text = format!("{:02}:{:02} {who} get secrets mail {}", minute / 60, minute % 60, names[*what]);
            let place = (*place).min(mixed.len());
            mixed.insert(place, event(1000 + n, &text));
        }
        let of_alice = |incidents: Vec<Incident>| -> Vec<Incident> {
            let mut own: Vec<_> = incidents.into_iter().filter(|it| it.actor == "alice").collect();
            own.sort_by_key(|it| it.first);
            own
        };
        prop_assert_eq!(of_alice(watched(&mixed)), of_alice(watched(&mine)));
    }
}
