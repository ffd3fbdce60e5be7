//! Findings: present, gone, back, and their trend.

use catseye_model::Severity;
use catseye_store::{
    Batch, FindingFilter, FindingReport, FindingScope, FindingsChanged, FindingsUpdate,
    Fingerprint, Store,
};
use jiff::civil::date;
use serde_json::json;

use crate::at;
use crate::stage::on_both;

const DAY: i64 = 86_400;

fn finding(fingerprint: &str, subject: &str, severity: Severity) -> FindingReport {
    FindingReport {
        fingerprint: Fingerprint(fingerprint.to_owned()),
        check_id: "POD-001".to_owned(),
        severity,
        area: "workload".to_owned(),
        subject: subject.to_owned(),
        namespace: "shop".to_owned(),
        title: format!("title of {fingerprint}"),
        body: json!({"why": fingerprint}),
    }
}

async fn report(
    store: &Store,
    seconds: i64,
    scope: FindingScope,
    present: Vec<FindingReport>,
) -> FindingsChanged {
    let update = FindingsUpdate {
        at: at(seconds),
        scope,
        present,
    };
    let batch = Batch {
        findings: vec![update],
        ..Batch::default()
    };
    store.apply(batch).await.unwrap().findings.remove(0)
}

fn prints(list: &[Fingerprint]) -> Vec<&str> {
    list.iter().map(|print| print.0.as_str()).collect()
}

async fn present(store: &Store, filter: FindingFilter) -> Vec<String> {
    let page = store.findings(filter, None, 100).await.unwrap();
    page.findings.into_iter().map(|f| f.fingerprint.0).collect()
}

on_both! {
    async fn a_finding_is_present_until_a_report_lacks_it(stage) {
        let store = stage.open().await;
        let a = finding("a", "Pod x", Severity::High);
        let b = finding("b", "Pod y", Severity::Critical);
        let first = report(&store, 0, FindingScope::Everything, vec![a.clone(), b.clone()]).await;
        assert_eq!((prints(&first.appeared), prints(&first.resolved)), (vec!["a", "b"], vec![]));
        let same = report(&store, 10, FindingScope::Everything, vec![a.clone(), b.clone()]).await;
        assert_eq!(same, FindingsChanged::default());
        let one = report(&store, 20, FindingScope::Everything, vec![a.clone()]).await;
        assert_eq!(prints(&one.resolved), ["b"]);
        assert_eq!(present(&store, FindingFilter::default()).await, ["a"]);
        let gone = store.finding(Fingerprint("b".to_owned())).await.unwrap().unwrap();
        assert_eq!((gone.first_seen, gone.resolved), (at(0), Some(at(20))));
        let back = report(&store, 30, FindingScope::Everything, vec![a, b]).await;
        assert_eq!(prints(&back.appeared), ["b"]);
        let back = store.finding(Fingerprint("b".to_owned())).await.unwrap().unwrap();
        assert_eq!((back.first_seen, back.resolved), (at(0), None));
        assert_eq!(back.body, json!({"why": "b"}));
        for (seconds, expected) in [(0, vec!["b", "a"]), (25, vec!["a"]), (30, vec!["b", "a"])] {
            let then = FindingFilter { at: Some(at(seconds)), ..FindingFilter::default() };
            assert_eq!(present(&store, then).await, expected, "at {seconds}");
        }
    }

    async fn a_report_about_one_subject_leaves_the_others(stage) {
        let store = stage.open().await;
        let a = finding("a", "Pod x", Severity::High);
        let b = finding("b", "Pod y", Severity::High);
        report(&store, 0, FindingScope::Everything, vec![a, b]).await;
        let scope = FindingScope::Subjects(vec!["Pod x".to_owned()]);
        let changed = report(&store, 10, scope, vec![finding("c", "Pod x", Severity::Low)]).await;
        assert_eq!((prints(&changed.appeared), prints(&changed.resolved)), (vec!["c"], vec!["a"]));
        assert_eq!(present(&store, FindingFilter::default()).await, ["b", "c"]);
        let all = FindingFilter { resolved_too: true, ..FindingFilter::default() };
        assert_eq!(present(&store, all).await, ["a", "b", "c"]);
    }

    async fn confirming_moves_last_seen_by_the_hour(stage) {
        let store = stage.open().await;
        let a = || vec![finding("a", "Pod x", Severity::High)];
        for (seconds, last_seen) in [(0, 0), (3599, 0), (3600, 3600), (3700, 3600)] {
            report(&store, seconds, FindingScope::Everything, a()).await;
            let found = store.finding(Fingerprint("a".to_owned())).await.unwrap().unwrap();
            assert_eq!(found.last_seen, at(last_seen));
        }
    }

    async fn findings_are_filtered_and_paged(stage) {
        let store = stage.open().await;
        let all: Vec<_> = (0..23).map(|n| {
            let severity = Severity::WORST_FIRST[n % 5];
            FindingReport { area: if n < 3 { "rbac".to_owned() } else { "workload".to_owned() },
                ..finding(&format!("f{n:02}"), &format!("Pod p{n}"), severity) }
        }).collect();
        report(&store, 0, FindingScope::Everything, all).await;
        let whole = present(&store, FindingFilter::default()).await;
        assert_eq!(whole.len(), 23);
        assert_eq!(whole[0], "f00");
        let (mut paged, mut next) = (Vec::new(), None);
        loop {
            let page = store.findings(FindingFilter::default(), next, 5).await.unwrap();
            paged.extend(page.findings.into_iter().map(|f| f.fingerprint.0));
            next = page.next;
            if next.is_none() { break; }
        }
        assert_eq!(paged, whole);
        let rbac = FindingFilter { area: Some("rbac".to_owned()), ..FindingFilter::default() };
        assert_eq!(present(&store, rbac).await, ["f00", "f01", "f02"]);
        let worst = FindingFilter { min_severity: Some(Severity::Critical), ..FindingFilter::default() };
        assert_eq!(present(&store, worst).await.len(), 5);
        let text = FindingFilter { text: Some("OF F2".to_owned()), ..FindingFilter::default() };
        assert_eq!(present(&store, text).await, ["f20", "f21", "f22"]);
    }

    async fn the_trend_counts_every_day(stage) {
        let store = stage.open().await;
        let a = || finding("a", "Pod x", Severity::High);
        let b = || finding("b", "Pod y", Severity::High);
        report(&store, 100, FindingScope::Everything, vec![a()]).await;
        report(&store, DAY + 100, FindingScope::Everything, vec![a(), b()]).await;
        report(&store, 2 * DAY + 100, FindingScope::Everything, vec![b()]).await;
        report(&store, 3 * DAY + 100, FindingScope::Everything, vec![a(), b()]).await;
        let trend = store.finding_trend(date(2025, 12, 31), date(2026, 1, 5)).await.unwrap();
        let points: Vec<_> = trend.iter().map(|p| (p.day.day(), p.present, p.appeared, p.resolved)).collect();
        assert_eq!(points, [(1, 1, 1, 0), (2, 2, 1, 0), (3, 1, 0, 1), (4, 2, 1, 0), (5, 2, 0, 0)]);
        assert_eq!((trend[0].severity, trend[0].area.as_str()), (Severity::High, "workload"));
    }
}
