//! One incident in every form.

use std::collections::BTreeMap;

use catseye_detect::incident::{Evidence, EvidenceKind, Incident, Session};
use catseye_detect::{Tactic, Target};
use catseye_model::Severity;

use super::live::{self, Change};
use super::{Gap, InReach, Incidents, html, table};

fn report() -> Incidents {
    let first = "2026-11-24T20:34:00Z".parse().unwrap();
    let last = "2026-11-24T20:36:00Z".parse().unwrap();
    let actor = "system:serviceaccount:shop:reviews";
    Incidents {
        version: 1,
        requests: 18_615,
        runtime_events: 0,
        first: Some(first),
        last: Some(last),
        actors: 57,
        learned_before: false,
        incidents: vec![Incident {
            id: "INC-85cb183f".to_owned(),
            actor: actor.to_owned(),
            kind: "service account",
            severity: Severity::High,
            score: 24.5,
            reasons: vec!["high: All secrets listed [AUD-035]".to_owned()],
            title: "All secrets listed".to_owned(),
            first,
            last,
            known_since: first,
            tactics: vec![Tactic::Discovery, Tactic::CredentialAccess],
            sessions: vec![Session {
                source: "203.0.113.9".to_owned(),
                agent: "<b>\u{1b}[31mcurl/8".to_owned(),
                first,
                last,
                events: 2,
            }],
            objects: BTreeMap::from([("secrets".to_owned(), 2)]),
            evidence: vec![Evidence {
                kind: EvidenceKind::Rule,
                id: "AUD-035".to_owned(),
                title: "All secrets listed".to_owned(),
                severity: Severity::High,
                unweighed: Severity::High,
                weighed_by: None,
                tactic: Tactic::CredentialAccess,
                technique: "T1552.007".to_owned(),
                message: "listed all secrets of the cluster".to_owned(),
                through: None,
                first,
                last,
                count: 2,
                targets: vec![Target {
                    verb: "list".to_owned(),
                    resource: "secrets".to_owned(),
                    ..Target::default()
                }],
                event_ids: vec!["a".to_owned()],
                fields: Vec::new(),
                receipt: None,
            }],
            events: 2,
            advice: vec!["Change the secrets that were read.".to_owned()],
            scene: None,
        }],
        below: 3,
        dropped: 0,
        accepted: 1,
        in_reach: BTreeMap::from([(
            "INC-85cb183f".to_owned(),
            vec![InReach {
                from: "service account shop/reviews".to_owned(),
                target: "the whole cluster".to_owned(),
                percent: 81,
                steps: vec!["Service account shop/reviews may bind roles".to_owned()],
            }],
        )]),
        gaps: vec![
            Gap {
                rule: "AUD-008".to_owned(),
                title: "Token used outside its pod".to_owned(),
                events: 90,
                blind: true,
                missing: Vec::new(),
                lacks: Some("the cluster's objects (--inventory)"),
            },
            Gap {
                rule: "AUD-083".to_owned(),
                title: "Privileged container".to_owned(),
                events: 12,
                blind: true,
                missing: vec!["request body".to_owned()],
                lacks: None,
            },
        ],
    }
}

#[test]
fn the_table_tells_the_story() {
    let text = table::render(&report());
    insta::assert_snapshot!("table", text.replace('\u{1b}', "^"));
}

#[test]
fn a_change_is_one_line_in_every_form() {
    let report = report();
    let incident = &report.incidents[0];
    for line in [
        live::line(Change::Raised, incident),
        live::json_line(Change::Raised, incident),
    ] {
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(line.contains("raised") && line.contains("INC-85cb183f"));
    }
    let list = live::list(&report.incidents, "2 requests", 0);
    assert!(list.ends_with("and 1 more\n"), "{list}");
}

#[test]
fn version_one_for_programs() {
    insta::assert_snapshot!("json", report().to_json());
}

#[test]
fn names_from_a_log_stay_text_in_every_form() {
    let page = html::render(&report());
    assert!(page.contains("&lt;b&gt;"), "{page}");
    assert!(!page.contains("<b>"));
    assert!(!page.contains('\u{1b}'));
    let text = table::render(&report());
    assert!(!text.contains("\u{1b}[31mcurl"));
}
