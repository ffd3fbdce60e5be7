//! Scenarios: what a cluster's weeks teach, and what then surprises.

use catseye_event::audit::{ActorKind, Text};
use catseye_model::Severity;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::sensitivity::tests::call;
use super::*;

fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    let monday: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    monday + SignedDuration::from_mins((day * 24 + hour) * 60 + minute)
}

const CART: &str = "system:serviceaccount:shop:cart";

fn robot(actor: &'static str, text: &'static str, time: Timestamp) -> Call<'static> {
    Call {
        time,
        actor: actor.into(),
        kind: ActorKind::ServiceAccount,
        agent: "cart/v2.3.1 (linux/amd64) kubernetes/abc",
        source: "10.244.1.7",
        ..call(text)
    }
}

fn person(actor: &'static str, text: &'static str, time: Timestamp) -> Call<'static> {
    Call {
        time,
        actor: actor.into(),
        ..call(text)
    }
}

fn learn(baseline: &mut Baseline, call: &Call<'_>) -> Vec<Anomaly> {
    let observed = baseline.observe(call);
    baseline.learn(&observed);
    observed.anomalies
}

/// Two weeks of a small cluster: a service account that reads its configuration, one that reads its
/// secret, and an engineer who does this and that.
fn two_weeks() -> (Baseline, usize) {
    let mut baseline = Baseline::default();
    let mut anomalies = 0;
    for day in 0..14 {
        for hour in 0..24 {
            let mut calls = vec![
                robot(CART, "get configmaps shop cart", at(day, hour, 1)),
                robot(CART, "list endpoints shop", at(day, hour, 2)),
                robot(
                    "system:serviceaccount:shop:pay",
                    "get secrets shop pay",
                    at(day, hour, 3),
                ),
                robot(
                    "system:serviceaccount:mail:sender",
                    "get configmaps mail a",
                    at(day, hour, 4),
                ),
            ];
            if (9..17).contains(&hour) && day % 7 < 5 {
                calls.push(person("maya", "list pods shop", at(day, hour, 5)));
                calls.push(person(
                    "maya",
                    "patch apps:deployments shop web",
                    at(day, hour, 7),
                ));
                calls.push(person("maya", "get pods/log shop web-0", at(day, hour, 8)));
            }
            for call in &calls {
                anomalies += learn(&mut baseline, call).len();
            }
        }
    }
    (baseline, anomalies)
}

#[test]
fn an_ordinary_fortnight_has_no_anomaly() {
    assert_eq!(two_weeks().1, 0);
}

#[test]
fn the_first_secret_list_of_a_robot_comes_with_a_receipt() {
    let (mut baseline, _) = two_weeks();
    let theft = robot(CART, "list secrets shop", at(14, 3, 0));
    let found = baseline.observe(&theft).anomalies;
    let [anomaly] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert!(anomaly.severity >= Severity::Medium);
    assert_eq!(
        anomaly.message,
        "did for the first time: list secrets in shop"
    );
    insta::assert_snapshot!(
        format!("{}\n{}", anomaly.receipt.past(), anomaly.receipt.parts[0].because),
        @r"
    672 calls on 14 days since 2026-11-02
    never in 672 calls; nearest get configmaps in shop (336 times); 0 of 2 others (service accounts) do it; about 1 in 300 of its calls brings a new action
    "
    );
}

const ARGO: &str = "system:serviceaccount:argocd:argocd-application-controller";

/// A fortnight in which one identity delivers in `shop`, and everybody changes the sandbox.
fn delivered() -> Baseline {
    let (mut baseline, _) = two_weeks();
    for day in 0..14 {
        for hour in [10, 14] {
            let mut release = robot(ARGO, "patch apps:deployments shop web", at(day, hour, 20));
            release.agent = "argocd-application-controller/v3";
            let trials = ["ida", "omar", "lena"]
                .map(|who| person(who, "patch apps:deployments sandbox a", at(day, hour, 30)));
            for call in trials.iter().chain([&release]) {
                learn(&mut baseline, call);
                baseline.learn_hands(call);
            }
        }
    }
    baseline
}

fn past_delivery(baseline: &mut Baseline, text: &'static str) -> Option<Anomaly> {
    let call = person("maya", text, at(14, 11, 0));
    let observed = baseline.observe(&call);
    baseline.past_delivery(&call, &observed, || false)
}

#[test]
fn a_person_s_change_where_one_identity_delivers_is_past_it() {
    let mut baseline = delivered();
    let anomaly = past_delivery(&mut baseline, "delete policy:poddisruptionbudgets shop web")
        .expect("an anomaly");
    assert_eq!(anomaly.kind, AnomalyKind::PastDelivery);
    assert_eq!(anomaly.severity, Severity::Medium);
    insta::assert_snapshot!(
        format!("{}\n{}", anomaly.message, anomaly.receipt.parts[0].because),
        @r"
    changed by hand what system:serviceaccount:argocd:argocd-application-controller delivers: delete poddisruptionbudgets.policy in shop web
    system:serviceaccount:argocd:argocd-application-controller made 28 of 28 changes of configuration there
    "
    );
    for text in [
        "patch apps:deployments sandbox a",
        "patch apps:deployments elsewhere a",
        "list apps:deployments shop",
        "delete pods shop web-0",
        "patch apps:deployments/status shop web",
    ] {
        assert_eq!(past_delivery(&mut baseline, text), None, "{text}");
    }
}

#[test]
fn who_delivers_is_saved_and_read_and_merged() {
    let baseline = delivered();
    let mut read = Baseline::from_json(&baseline.to_json(), Config::default()).unwrap();
    assert_eq!(read.to_json(), baseline.to_json());
    assert!(past_delivery(&mut read, "create services shop web").is_some());
    read.merge(&baseline).unwrap();
    let anomaly = past_delivery(&mut read, "create services shop web").unwrap();
    assert!(anomaly.receipt.parts[0].because.contains("56 of 56"));
}

#[test]
fn a_file_of_an_older_version_knows_no_hands() {
    let text = delivered().to_json();
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    file.as_object_mut().unwrap().remove("hands");
    file["version"] = 2.into();
    let mut read = Baseline::from_json(&file.to_string(), Config::default()).unwrap();
    assert_eq!(past_delivery(&mut read, "create services shop web"), None);
}

#[test]
fn the_score_is_the_sum_of_the_receipt() {
    let (mut baseline, _) = two_weeks();
    let mut theft = robot(CART, "list secrets shop", at(14, 3, 0));
    theft.source = "203.0.113.9";
    theft.agent = "curl/7.88.1";
    let anomaly = baseline.observe(&theft).anomalies.remove(0);
    let sum: f32 = anomaly.receipt.parts.iter().map(Part::points).sum();
    assert!((sum - anomaly.score).abs() < 1e-4);
    let sides: Vec<&str> = anomaly.receipt.parts.iter().map(|part| part.what).collect();
    assert_eq!(sides, ["action", "network", "program"]);
    assert_eq!(anomaly.severity, Severity::High);
}

#[test]
fn a_stolen_token_is_seen_though_it_does_what_its_owner_does() {
    let (mut baseline, _) = two_weeks();
    let mut theft = robot(
        "system:serviceaccount:shop:pay",
        "get secrets shop pay",
        at(14, 3, 0),
    );
    assert!(baseline.observe(&theft).anomalies.is_empty());
    theft.source = "203.0.113.9";
    theft.agent = "python-requests/2.31";
    for minute in 0..3 {
        theft.time = at(14, 3, minute);
        let found = learn(&mut baseline, &theft);
        assert_eq!(
            found.len(),
            1,
            "call {minute}: a burst does not vouch for itself"
        );
    }
}

#[test]
fn the_same_novelty_says_less_of_who_does_something_new_every_day() {
    let mut baseline = Baseline::default();
    let names: Vec<&'static str> = (0..60)
        .map(|n| &*Box::leak(format!("patch apps:deployments team-{n}").into_boxed_str()))
        .collect();
    for day in 0..20 {
        for (n, text) in names.iter().enumerate().skip(day * 3).take(3) {
            let minute = i64::try_from(n).unwrap_or_default() % 60;
            let day = i64::try_from(day).unwrap_or_default();
            learn(&mut baseline, &person("jonas", text, at(day, 9, minute)));
            learn(
                &mut baseline,
                &person("priya", "patch apps:deployments team-0", at(day, 9, minute)),
            );
        }
    }
    let new = "delete networking.k8s.io:networkpolicies team-1";
    let score = |baseline: &mut Baseline, who| -> f32 {
        let found = baseline.observe(&person(who, new, at(21, 9, 0))).anomalies;
        found.first().map_or(0.0, |anomaly| anomaly.score)
    };
    let (restless, steady) = (score(&mut baseline, "jonas"), score(&mut baseline, "priya"));
    assert!(steady > restless + 2.0, "{steady} {restless}");
}

#[test]
fn who_is_new_is_judged_by_its_peers() {
    let mut baseline = Baseline::default();
    let groups = [Text::from("sre")];
    for day in 0..10 {
        for who in ["maya", "jonas", "priya", "tomas", "nils", "ada"] {
            let mut exec = person(who, "create pods/exec shop web-0", at(day, 10, 0));
            exec.groups = &groups;
            learn(&mut baseline, &exec);
        }
    }
    let mut exec = person("kim", "create pods/exec shop web-0", at(10, 10, 0));
    exec.groups = &groups;
    assert!(
        baseline.observe(&exec).anomalies.is_empty(),
        "all of sre does"
    );
}

#[test]
fn what_is_not_learned_stays_new() {
    let (mut baseline, _) = two_weeks();
    for day in 14..20 {
        let drip = robot(CART, "get secrets shop db", at(day, 4, 0));
        assert_eq!(baseline.observe(&drip).anomalies.len(), 1, "day {day}");
    }
}

#[test]
fn a_patient_thief_is_seen_at_the_first_drop() {
    let (mut baseline, _) = two_weeks();
    let names: Vec<&'static str> = (0..7)
        .map(|n| &*Box::leak(format!("get secrets shop db-{n}").into_boxed_str()))
        .collect();
    let mut seen = 0;
    for (day, text) in (14..).zip(&names) {
        seen += learn(&mut baseline, &robot(CART, text, at(day, 4, 0))).len();
    }
    assert!(seen >= 1);
    let habit = baseline.observe(&robot(CART, "list secrets", at(22, 4, 0)));
    assert_eq!(
        habit.anomalies.len(),
        1,
        "the drip does not vouch for the sweep"
    );
}

#[test]
fn a_sleeper_is_told() {
    let (mut baseline, _) = two_weeks();
    let found = baseline
        .observe(&robot(CART, "get configmaps shop cart", at(120, 4, 0)))
        .anomalies;
    assert!(
        found
            .iter()
            .any(|anomaly| anomaly.kind == AnomalyKind::Dormant),
        "{found:?}"
    );
}

#[test]
fn a_mass_deletion_is_a_burst() {
    let (mut baseline, _) = two_weeks();
    let mut found = Vec::new();
    for _ in 0..40 {
        found.extend(learn(
            &mut baseline,
            &person("maya", "delete apps:deployments shop web", at(14, 10, 0)),
        ));
    }
    let bursts = found
        .iter()
        .filter(|anomaly| anomaly.kind == AnomalyKind::Burst);
    assert_eq!(bursts.count(), 1);
}

#[test]
fn work_at_night_adds_to_what_is_new() {
    let (mut baseline, _) = two_weeks();
    let new = "create rbac.authorization.k8s.io:rolebindings shop";
    let mut score = |hour| -> f32 {
        let found = baseline
            .observe(&person("maya", new, at(14, hour, 0)))
            .anomalies;
        found.first().map_or(0.0, |anomaly| anomaly.score)
    };
    assert!(score(3) > score(12) + 1.0);
}

#[test]
fn a_baseline_reads_as_it_was_written() {
    let (baseline, _) = two_weeks();
    let text = baseline.to_json();
    let read = Baseline::from_json(&text, Config::default()).unwrap();
    assert_eq!(read.to_json(), text);
    let portrait = |baseline: &Baseline| Portrait {
        bytes: 0,
        ..baseline.portrait(CART).unwrap()
    };
    assert_eq!(portrait(&read), portrait(&baseline));
}

#[test]
fn version_one_stays_readable() {
    let text = include_str!("../../test-data/behaviour-v1.json");
    let baseline = Baseline::from_json(text, Config::default()).unwrap();
    // What later versions add are the seasons and the hands, and of those version 1 knows nothing.
    let now = text
        .replace("\"version\":1", "\"version\":3")
        .replace("]}\n", "],\"seasons\":{},\"hands\":{}}\n");
    assert_eq!(baseline.to_json(), now);
}

#[test]
fn version_two_stays_readable_and_keeps_the_seasons() {
    let text = include_str!("../../test-data/behaviour-v2.json");
    let baseline = Baseline::from_json(text, Config::default()).unwrap();
    let body = text.replace("\"version\":2", "\"version\":3");
    let now = body.trim_end().strip_suffix('}').unwrap().to_owned() + ",\"hands\":{}}\n";
    assert_eq!(baseline.to_json(), now);
    assert!(text.contains("\"seasons\":{\"human\":"));
    let noon = Minute::of(at(0, 12, 0));
    assert!((baseline.peers.season(ActorKind::Human, 0, noon) - 1.0).abs() > 0.1);
}

#[test]
fn version_three_stays_readable_and_keeps_the_hands() {
    let text = include_str!("../../test-data/behaviour-v3.json");
    let baseline = Baseline::from_json(text, Config::default()).unwrap();
    assert_eq!(baseline.to_json(), text);
    let deliverer = baseline.hands.deliverer("shop", "ravi", false).unwrap();
    assert_eq!((deliverer.made, deliverer.of), (20, 22));
}

#[test]
fn a_named_network_is_one_place() {
    let networks = ["198.51.100.0/24", "203.0.113.0/24"];
    let offices = crate::audit::Prefixes::read(networks).unwrap();
    let config = Config {
        networks: [("office".to_owned(), offices)].into_iter().collect(),
        ..Config::default()
    };
    let mut baseline = Baseline::new(config);
    for address in ["198.51.100.7", "203.0.113.9", "192.0.2.1"] {
        let call = Call {
            source: address,
            ..person("maya", "list pods shop", at(0, 9, 0))
        };
        learn(&mut baseline, &call);
    }
    let known = baseline.portrait("maya").unwrap();
    let mut places: Vec<&str> = known.sources.iter().map(|it| it.value.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["192.0.2.0/24", "office"]);
}

#[test]
fn what_is_no_baseline_is_refused_with_the_reason() {
    let reason = |text| {
        Baseline::from_json(text, Config::default())
            .unwrap_err()
            .to_string()
    };
    assert!(reason("{}").starts_with("not a baseline of behaviour"));
    assert!(reason(r#"{"version":9}"#).starts_with("version 9 is not known"));
    let text = include_str!("../../test-data/behaviour-v1.json").replace("[[0,", "[[99,");
    assert!(reason(&text).contains("names value 99"));
}

#[test]
fn two_halves_merge_into_the_whole() {
    let mut halves = [Baseline::default(), Baseline::default()];
    let mut whole = Baseline::default();
    for day in 0..14 {
        let half = usize::from(day >= 7);
        for hour in 0..24 {
            let call = robot(CART, "get configmaps shop cart", at(day, hour, 1));
            learn(&mut halves[half], &call);
            learn(&mut whole, &call);
        }
    }
    let [mut first, second] = halves;
    first.merge(&second).unwrap();
    let (merged, whole) = (first.portrait(CART).unwrap(), whole.portrait(CART).unwrap());
    assert_eq!((merged.days, merged.calls), (whole.days, whole.calls));
    assert_eq!(merged.actions, whole.actions);
    assert_eq!(merged.hours, whole.hours);
}

#[test]
fn ten_thousand_actors_stay_below_a_hundred_megabytes() {
    let mut baseline = Baseline::default();
    for actor in 0..10_500 {
        let name = format!("system:serviceaccount:team-{}:robot-{actor}", actor % 97);
        let mut busy = robot(CART, "get configmaps shop cart", at(0, 0, 0));
        busy.actor = name.into();
        // A few actors fill their profile to the brim.
        for n in 0..if actor % 1000 == 0 { 600 } else { 3 } {
            let namespace = format!("ns-{n}");
            let busy = Call {
                namespace: &namespace,
                ..busy.clone()
            };
            learn(&mut baseline, &busy);
        }
    }
    assert_eq!(baseline.actors(), 10_000);
    let largest = baseline
        .profiles
        .iter()
        .map(Profile::bytes)
        .max()
        .unwrap_or_default();
    assert!(largest <= 9 * 1024);
    assert!(10_000 * largest < 100_000_000);
    assert!(baseline.profile_bytes() < 20_000_000);
}

proptest! {
    /// Whatever the order in which *others* come before it, an actor is judged the same.
    #[test]
    fn the_order_of_others_changes_nothing(order in Just((0..40).collect::<Vec<usize>>()).prop_shuffle()) {
        let others: [&'static str; 5] = ["ada", "nils", "kim", "omar", "lena"];
        let texts: [&'static str; 4] =
            ["list pods shop", "get secrets shop db", "create pods/exec shop web-0", "list nodes"];
        let judged = |order: &[usize]| {
            let mut baseline = Baseline::default();
            for &n in order {
                let call = person(others[n % 5], texts[n % 4], at(0, 9, 0));
                learn(&mut baseline, &call);
            }
            let mut found = Vec::new();
            for day in 0..5 {
                for text in ["list pods shop", "list configmaps shop"] {
                    for minute in 0..10 {
                        learn(&mut baseline, &person("maya", text, at(day, 9, minute)));
                    }
                }
            }
            for text in ["get secrets shop db", "list secrets"] {
                found.extend(learn(&mut baseline, &person("maya", text, at(6, 9, 0))));
            }
            found
        };
        let sorted: Vec<usize> = (0..40).collect();
        prop_assert_eq!(judged(&order), judged(&sorted));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A file whose numbers were changed is refused, or read and written as it would be read again.
    /// `fuzz/fuzz_targets/baseline.rs` does the same with any text.
    #[test]
    fn a_file_with_other_numbers_harms_nobody(
        places in proptest::collection::vec((0..400_usize, 0..8_usize), 1..6),
    ) {
        let text = include_str!("../../test-data/behaviour-v2.json");
        let numbers = ["0", "1", "255", "65535", "4294967295", "18446744073709551615", "-1", "3.4e38"];
        let mut changed = String::new();
        let mut count = 0;
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(at);
            let end = from
                .find(|c: char| !(c.is_ascii_digit() || c == '.'))
                .unwrap_or(from.len());
            let other = places.iter().find(|(place, _)| *place == count);
            changed.push_str(before);
            changed.push_str(other.map_or(&from[..end], |(_, which)| numbers[*which]));
            rest = &from[end..];
            count += 1;
        }
        changed.push_str(rest);
        let Ok(mut baseline) = Baseline::from_json(&changed, Config::default()) else {
            return Ok(());
        };
        let written = baseline.to_json();
        let again = Baseline::from_json(&written, Config::default()).unwrap();
        prop_assert_eq!(again.to_json(), written);
        baseline.merge(&again).unwrap();
        for day in [0, 40_000] {
            learn(&mut baseline, &robot("system:serviceaccount:shop:pay", "get secrets shop pay", at(day, 9, 0)));
        }
        baseline.to_json();
    }
}
