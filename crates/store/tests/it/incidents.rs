//! Incidents: reported again, decided about, listed.

use catseye_model::Severity;
use catseye_store::{
    Batch, Comment, Error, Fingerprint, Incident, IncidentFilter, IncidentId, IncidentOrder,
    IncidentState, IncidentUpsert, StateName, Store, Transition, UpsertOutcome, Upserted,
};
use serde_json::json;

use crate::at;
use crate::stage::on_both;

fn report(fingerprint: &str, seconds: i64) -> IncidentUpsert {
    IncidentUpsert {
        fingerprint: Fingerprint(fingerprint.to_owned()),
        severity: Severity::High,
        score: 1.0,
        title: format!("title of {fingerprint}"),
        subject: format!("Deployment shop/{fingerprint}"),
        namespace: "shop".to_owned(),
        owner: "ann".to_owned(),
        team: "web".to_owned(),
        last_seen: at(seconds),
        at: at(seconds),
        decided: None,
        body: json!({"evidence": 1}),
    }
}

async fn upsert(store: &Store, upsert: IncidentUpsert) -> Upserted {
    let batch = Batch {
        incidents: vec![upsert],
        ..Batch::default()
    };
    store.apply(batch).await.unwrap().incidents.remove(0)
}

async fn decide(
    store: &Store,
    id: IncidentId,
    expected: Option<u64>,
    to: IncidentState,
    seconds: i64,
) -> Result<Incident, Error> {
    let transition = Transition {
        to,
        author: "bob".to_owned(),
        at: at(seconds),
    };
    store.set_incident_state(id, expected, transition).await
}

async fn get(store: &Store, id: IncidentId) -> Incident {
    store.incident(id).await.unwrap().unwrap()
}

on_both! {
    async fn an_incident_reported_again_is_updated_not_repeated(stage) {
        let store = stage.open().await;
        let first = upsert(&store, report("a", 0)).await;
        assert_eq!((first.outcome, first.version), (UpsertOutcome::Created, 1));
        let same = upsert(&store, report("a", 0)).await;
        assert_eq!((same.id, same.outcome, same.version), (first.id, UpsertOutcome::Unchanged, 1));
        let mut worse = report("a", 100);
        worse.severity = Severity::Critical;
        worse.body = json!({"evidence": 2});
        let updated = upsert(&store, worse).await;
        assert_eq!((updated.id, updated.outcome, updated.version), (first.id, UpsertOutcome::Updated, 2));
        let incident = get(&store, first.id).await;
        assert_eq!((incident.severity, incident.opened, incident.last_seen), (Severity::Critical, at(0), at(100)));
        assert_eq!(incident.body, json!({"evidence": 2}));
        assert_eq!(store.incidents(IncidentFilter::default(), None, 10).await.unwrap().incidents, [incident]);
        let by_fingerprint = store.incident_by_fingerprint(Fingerprint("a".to_owned())).await.unwrap();
        assert_eq!(by_fingerprint.unwrap().id, first.id);
        assert_eq!(store.incident(IncidentId(999)).await.unwrap(), None);
    }

    async fn a_resolved_incident_opens_again_with_newer_evidence_only(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        let resolved = decide(&store, id, Some(1), IncidentState::Resolved, 50).await.unwrap();
        assert_eq!(resolved.resolved, Some(at(50)));
        // The engine tells again what it knew before the resolution.
        let mut old = report("a", 40);
        old.at = at(60);
        assert_eq!(upsert(&store, old).await.state, IncidentState::Resolved);
        let back = upsert(&store, report("a", 70)).await;
        assert_eq!((back.outcome, back.state), (UpsertOutcome::Reopened, IncidentState::Open));
        let incident = get(&store, id).await;
        assert_eq!((incident.reopened, incident.resolved, incident.opened), (1, None, at(0)));
        let changes = store.incident_changes(id).await.unwrap();
        let told: Vec<_> = changes.iter().map(|c| (c.from, c.to.name(), c.author.as_str(), c.at)).collect();
        assert_eq!(told, [
            (None, StateName::Open, "catseye", at(0)),
            (Some(StateName::Open), StateName::Resolved, "bob", at(50)),
            (Some(StateName::Resolved), StateName::Open, "catseye", at(70)),
        ]);
    }

    async fn an_accepted_incident_is_quiet_until_it_expires(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        let accepted = IncidentState::Accepted { reason: "known".to_owned(), until: at(1000) };
        let incident = decide(&store, id, None, accepted.clone(), 10).await.unwrap();
        assert_eq!((incident.state, incident.state_author.as_str()), (accepted.clone(), "bob"));
        assert_eq!(upsert(&store, report("a", 500)).await.state, accepted);
        assert_eq!(store.reopen_expired(at(999)).await.unwrap(), []);
        assert_eq!(store.reopen_expired(at(1000)).await.unwrap(), [id]);
        assert_eq!(get(&store, id).await.state, IncidentState::Open);
        let again = IncidentState::Accepted { reason: "known".to_owned(), until: at(2000) };
        decide(&store, id, None, again, 1100).await.unwrap();
        assert_eq!(upsert(&store, report("a", 2500)).await.outcome, UpsertOutcome::Reopened);
    }

    async fn a_false_positive_stays_one(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        let falsely = IncidentState::FalsePositive { reason: "the backup job".to_owned() };
        decide(&store, id, None, falsely.clone(), 10).await.unwrap();
        let later = upsert(&store, report("a", 5000)).await;
        assert_eq!((later.outcome, later.state), (UpsertOutcome::Updated, falsely));
    }

    async fn an_upsert_may_bring_the_decision_with_it(stage) {
        let store = stage.open().await;
        let decided = |to, seconds| IncidentUpsert {
            decided: Some(Transition { to, author: "ann".to_owned(), at: at(seconds) }),
            ..report("a", 0)
        };
        let new = upsert(&store, decided(IncidentState::Resolved, 5)).await;
        assert_eq!((new.outcome, &new.state), (UpsertOutcome::Created, &IncidentState::Resolved));
        let kept = get(&store, new.id).await;
        assert_eq!((kept.resolved, kept.state_author.as_str()), (Some(at(5)), "ann"));
        // Newer evidence alone opens nothing: who decides knows it.
        let mut more = decided(IncidentState::Resolved, 5);
        more.last_seen = at(50);
        assert_eq!(upsert(&store, more).await.state, IncidentState::Resolved);
        let open = upsert(&store, decided(IncidentState::Open, 60)).await;
        assert_eq!((open.outcome, &open.state), (UpsertOutcome::Reopened, &IncidentState::Open));
        assert_eq!(get(&store, new.id).await.resolved, None);
        let same = upsert(&store, decided(IncidentState::Open, 60)).await;
        assert_eq!(same.outcome, UpsertOutcome::Unchanged);
    }

    async fn a_decision_on_an_old_version_is_a_conflict(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        decide(&store, id, Some(1), IncidentState::Acknowledged, 10).await.unwrap();
        let late = decide(&store, id, Some(1), IncidentState::Resolved, 11).await;
        assert!(matches!(late, Err(Error::Conflict { expected: 1, found: 2, .. })), "{late:?}");
        assert_eq!(get(&store, id).await.state, IncidentState::Acknowledged);
        let nobody = decide(&store, IncidentId(77), None, IncidentState::Resolved, 1).await;
        assert!(matches!(nobody, Err(Error::NotFound { .. })));
    }

    async fn a_decision_without_reason_author_or_future_is_refused(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        for state in [
            IncidentState::Accepted { reason: " ".to_owned(), until: at(100) },
            IncidentState::Accepted { reason: "yes".to_owned(), until: at(10) },
            IncidentState::FalsePositive { reason: String::new() },
        ] {
            let refused = decide(&store, id, None, state.clone(), 10).await;
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{state:?}");
        }
        let anonymous = Transition { to: IncidentState::Resolved, author: String::new(), at: at(1) };
        assert!(store.set_incident_state(id, None, anonymous).await.is_err());
        let batch = Batch { incidents: vec![IncidentUpsert { score: f64::NAN, ..report("b", 0) }], ..Batch::default() };
        assert!(matches!(store.apply(batch).await, Err(Error::Invalid { .. })));
    }

    async fn comments_stand_in_their_order(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        for text in ["first", "second"] {
            let comment = Comment { at: at(1), author: "eve".to_owned(), text: text.to_owned() };
            store.comment_on_incident(id, comment).await.unwrap();
        }
        let texts: Vec<_> = store.incident_comments(id).await.unwrap().into_iter().map(|c| c.text).collect();
        assert_eq!(texts, ["first", "second"]);
        let comment = Comment { at: at(1), author: "eve".to_owned(), text: "x".to_owned() };
        let nowhere = store.comment_on_incident(IncidentId(55), comment).await;
        assert!(matches!(nowhere, Err(Error::NotFound { .. })));
    }

    async fn the_list_is_ranked_filtered_and_paged(stage) {
        let store = stage.open().await;
        for n in 0..25 {
            let mut incident = report(&format!("i{n:02}"), n);
            incident.severity = Severity::WORST_FIRST[usize::try_from(n % 5).unwrap()];
            incident.score = f64::from(i32::try_from(n % 3).unwrap());
            incident.team = if n % 2 == 0 { "web".to_owned() } else { "db".to_owned() };
            upsert(&store, incident).await;
        }
        let all = store.incidents(IncidentFilter::default(), None, 100).await.unwrap();
        assert_eq!((all.incidents.len(), all.next.clone()), (25, None));
        let mut sorted = all.incidents.clone();
        sorted.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.score.total_cmp(&a.score)).then(a.id.cmp(&b.id)));
        assert_eq!(all.incidents, sorted);
        for order in [IncidentOrder::Rank, IncidentOrder::Updated] {
            let filter = IncidentFilter { order, ..IncidentFilter::default() };
            let whole = store.incidents(filter.clone(), None, 100).await.unwrap().incidents;
            let (mut paged, mut next) = (Vec::new(), None);
            loop {
                let page = store.incidents(filter.clone(), next, 7).await.unwrap();
                paged.extend(page.incidents);
                // The cursor survives its way through an API.
                let text = serde_json::to_string(&page.next).unwrap();
                next = serde_json::from_str(&text).unwrap();
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(paged, whole);
        }
        let count = async |filter| store.incidents(filter, None, 100).await.unwrap().incidents.len();
        let any = IncidentFilter::default;
        assert_eq!(count(IncidentFilter { min_severity: Some(Severity::High), ..any() }).await, 10);
        assert_eq!(count(IncidentFilter { team: Some("db".to_owned()), ..any() }).await, 12);
        assert_eq!(count(IncidentFilter { owner: Some("nobody".to_owned()), ..any() }).await, 0);
        assert_eq!(count(IncidentFilter { text: Some("TITLE of I1".to_owned()), ..any() }).await, 10);
        assert_eq!(count(IncidentFilter { subject_prefix: Some("Deployment shop/i2".to_owned()), ..any() }).await, 5);
        assert_eq!(count(IncidentFilter { seen_since: Some(at(20)), ..any() }).await, 5);
        assert_eq!(count(IncidentFilter { seen_before: Some(at(20)), ..any() }).await, 20);
        assert_eq!(count(IncidentFilter { states: vec![StateName::Resolved, StateName::Accepted], ..any() }).await, 0);
        assert_eq!(store.incident_counts().await.unwrap()[0], (StateName::Open, Severity::Critical, 5));
    }

    async fn incidents_are_shown_as_they_were(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 100)).await.id;
        upsert(&store, IncidentUpsert { severity: Severity::Low, ..report("a", 200) }).await;
        decide(&store, id, None, IncidentState::Resolved, 300).await.unwrap();
        let seen = async |seconds| {
            let filter = IncidentFilter { at: Some(at(seconds)), ..IncidentFilter::default() };
            let page = store.incidents(filter, None, 10).await.unwrap().incidents;
            page.first().map(|i| (i.severity, i.state.name()))
        };
        assert_eq!(seen(99).await, None);
        assert_eq!(seen(100).await, Some((Severity::High, StateName::Open)));
        assert_eq!(seen(250).await, Some((Severity::Low, StateName::Open)));
        assert_eq!(seen(300).await, Some((Severity::Low, StateName::Resolved)));
        let versions: Vec<_> = store.incident_versions(id).await.unwrap().iter().map(|i| i.version).collect();
        assert_eq!(versions, [3, 2, 1]);
    }

    async fn evidence_that_comes_all_the_time_does_not_fill_the_history(stage) {
        let store = stage.open().await;
        let id = upsert(&store, report("a", 0)).await.id;
        for n in 1..=120 {
            upsert(&store, IncidentUpsert { body: json!(n), ..report("a", n) }).await;
        }
        assert_eq!(get(&store, id).await.version, 121);
        let versions = store.incident_versions(id).await.unwrap();
        assert_eq!(versions.len(), 3, "the first, and one a minute");
        assert_eq!(versions[0].body, json!(120));
    }
}
