//! The measures on alerts made by hand.

use std::collections::BTreeMap;

use catseye_model::Severity;

use super::measure::{found, share, within};
use super::{Alert, Scenario, Trained, evaluate, labels};
use crate::project_root;

fn alert(time: &str, severity: Severity, score: f32, events: &[&str]) -> Alert {
    let time = time.parse().unwrap();
    Alert {
        time,
        rank: (severity, score),
        shown: true,
        events: events
            .iter()
            .map(|id| ((*id).to_owned(), (time, 0)))
            .collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn a_budget_takes_the_worst_of_every_day() {
    let alerts = [
        alert("2026-11-23T01:00:00Z", Severity::Medium, 9.0, &["a"]),
        alert("2026-11-23T02:00:00Z", Severity::High, 1.0, &["b"]),
        alert("2026-11-24T02:00:00Z", Severity::Medium, 1.0, &["c"]),
    ];
    let scenario = |id: &str| Scenario {
        kind: "attack".into(),
        name: id.into(),
        events: [id.to_owned()].into(),
    };
    let scenarios = [scenario("a"), scenario("b"), scenario("c"), scenario("d")];
    let scenarios: Vec<&Scenario> = scenarios.iter().collect();
    let at = |budget| {
        found(&scenarios, &within(&alerts, budget))
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(at(1), ["b", "c"]);
    assert_eq!(at(5), ["a", "b", "c"]);
}

/// The recordings are fixed, and nothing in between knows a clock: `EVALUATE_UPDATE=1` writes it anew.
#[test]
fn the_recorded_shop_is_judged_as_it_was() {
    let clusters = project_root().join("fixtures/clusters");
    let log = |name: &str| vec![clusters.join(name).join("audit.jsonl.zst")];
    let trained = Trained::on(&log("quiet")).unwrap();
    let labels = labels::read(&clusters.join("shop/labels.jsonl")).unwrap();
    let judged = evaluate(&trained, &log("shop"), &labels, true, false).unwrap();
    let golden = project_root().join("xtask/src/evaluate/golden/shop.txt");
    if std::env::var_os("EVALUATE_UPDATE").is_some() {
        std::fs::write(&golden, &judged).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap();
    assert_eq!(judged, expected, "{}", golden.display());
}

#[test]
fn a_share_is_told_with_its_interval() {
    assert_eq!(share(18, 20), "18/20 (90 %, 70–97)");
    assert_eq!(share(0, 0), "0/0");
}
