//! Every form against what its specification says.

use std::collections::BTreeMap;

use catseye_model::Severity;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::policy_report::{Api, report};
use super::*;

fn alert() -> Alert {
    let time: Timestamp = "2026-11-21T10:00:00.25Z".parse().expect("a time");
    Alert {
        reason: Reason::Opened,
        severity: Severity::High,
        link: Some("https://catseye.example/incidents/INC-1".to_owned()),
        fix: Some("take `privileged` away from Deployment shop/builder".to_owned()),
        path: Some("builder → node-1 → every Secret".to_owned()),
        ..Alert::example("prod", time)
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

#[test]
fn ocsf_says_what_the_schema_requires() {
    insta::assert_snapshot!("ocsf", pretty(&ocsf::detection_finding(&alert())));
    for (reason, activity, status) in [
        (Reason::Opened, 1, 1),
        (Reason::Updated, 2, 1),
        (Reason::Resolved, 3, 4),
    ] {
        let told = ocsf::detection_finding(&Alert { reason, ..alert() });
        assert_eq!(told["activity_id"], activity);
        assert_eq!(told["type_uid"], 200_400 + activity);
        assert_eq!(told["status_id"], status);
    }
}

#[test]
fn slack_gets_blocks() {
    insta::assert_snapshot!("slack", pretty(&slack::message(&alert(), None)));
}

#[test]
fn slack_limits_hold_and_names_do_not_become_links() {
    let title = format!("<https://evil.example|click> {}", "x".repeat(5000));
    let message = slack::message(&Alert { title, ..alert() }, None);
    let header = message["blocks"][0]["text"]["text"]
        .as_str()
        .expect("a header");
    assert!(header.chars().count() <= 150);
    let text = message["text"].as_str().expect("a text");
    assert!(
        text.contains("&lt;https://evil.example|click&gt;"),
        "{text}"
    );
    assert!(text.chars().count() <= 3000);
}

#[test]
fn alertmanager_gets_labels_that_stay_and_times_in_order() {
    let lasts = SignedDuration::from_hours(24);
    let more = BTreeMap::from([("team".to_owned(), "sec".to_owned())]);
    insta::assert_snapshot!(
        "alertmanager",
        pretty(&alertmanager::alerts(&alert(), lasts, &more))
    );
    let resolved = Alert {
        reason: Reason::Resolved,
        ..alert()
    };
    let told = alertmanager::alerts(&resolved, lasts, &more);
    assert_eq!(told[0]["endsAt"], "2026-11-21T10:00:00.25Z");
    for name in told[0]["labels"].as_object().expect("labels").keys() {
        assert!(alertmanager::is_label_name(name), "{name}");
    }
    assert!(!alertmanager::is_label_name("9to5") && !alertmanager::is_label_name(""));
}

#[test]
fn syslog_is_rfc_5424() {
    let mut alert = alert();
    alert.actor = Some("a\"b]c\\d\ne".to_owned());
    let facility = syslog::facility("audit").expect("it is one");
    let message = syslog::message(&alert, facility, "hub 1", "one\ntwo");
    insta::assert_snapshot!("syslog", message);
    assert!(message.starts_with("<107>1 2026-11-21T10:00:00.250000Z hub1 catseye - opened ["));
    assert_eq!(syslog::facility("local7"), Some(23));
    assert_eq!(syslog::facility("local8"), None);
}

#[test]
fn a_report_counts_all_and_shows_the_worst() {
    let one = |id: &str, severity| Alert {
        id: id.to_owned(),
        severity,
        ..alert()
    };
    let alerts = [
        one("INC-1", Severity::Low),
        one("INC-2", Severity::Critical),
        one("INC-3", Severity::High),
    ];
    let report = report(Api::PolicyReport, "shop", &alerts, 2);
    insta::assert_snapshot!("policy_report", pretty(&report));
    assert_eq!(report["summary"]["fail"], 2);
    assert_eq!(report["summary"]["warn"], 1);
    let shown: Vec<&Value> = (report["results"].as_array().expect("results").iter())
        .map(|result| &result["properties"]["incident"])
        .collect();
    assert_eq!(shown, ["INC-2", "INC-3"]);
}

#[test]
fn the_two_report_apis_differ_in_name_and_source() {
    let open = report(Api::OpenReports, "", &[alert()], 10);
    assert_eq!(open["apiVersion"], "openreports.io/v1alpha1");
    assert_eq!(open["kind"], "ClusterReport");
    assert_eq!(open["source"], "catseye");
    assert_eq!(open["metadata"]["namespace"], Value::Null);
}

#[test]
fn an_alert_reads_back_as_it_was_written() {
    let alert = alert();
    let text = serde_json::to_string(&alert).expect("it is written");
    assert_eq!(
        serde_json::from_str::<Alert>(&text).expect("it is read"),
        alert
    );
}
