//! Retention, backup and restore.

use catseye_model::Severity;
use catseye_store::{
    Batch, Depth, Error, EventFilter, FindingFilter, FindingReport, FindingScope, FindingsUpdate,
    Fingerprint, IncidentFilter, IncidentState, IncidentUpsert, ObjectChange, ObjectFilter,
    ObjectKey, Options, Retention, Store, Transition, UserAction,
};
use serde_json::json;

use crate::at;
use crate::events::{all, event, write};
use crate::stage::{Stage, block_on, on_both};

const DAY: i64 = 86_400;

fn key(name: &str) -> ObjectKey {
    ObjectKey {
        group: String::new(),
        kind: "Pod".to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
    }
}

async fn fill(store: &Store) {
    for day in 0..10 {
        let body = |n: i64| Some(json!({"day": day, "n": n, "pad": "x".repeat(100)}));
        let object = |name: &str, body| ObjectChange {
            key: key(name),
            uid: "u".to_owned(),
            resource_version: day.to_string(),
            at: at(day * DAY),
            body,
            depth: Depth::Everything,
        };
        let batch = Batch {
            events: (0..20).map(|n| event(day * DAY + n, "ann")).collect(),
            objects: vec![
                object("kept", body(0)),
                object("gone", if day < 2 { body(1) } else { None }),
            ],
            incidents: vec![incident(&format!("i{day}"), day * DAY)],
            findings: vec![FindingsUpdate {
                at: at(day * DAY),
                scope: FindingScope::Everything,
                present: vec![finding(&format!("f{day}"))],
            }],
            actions: vec![UserAction {
                at: at(day * DAY),
                actor: "ann".to_owned(),
                verb: "look".to_owned(),
                target: "all".to_owned(),
                outcome: "allowed".to_owned(),
                source_ip: String::new(),
                detail: json!({}),
            }],
            ..Batch::default()
        };
        let applied = store.apply(batch).await.unwrap();
        if day < 8 {
            let transition = Transition {
                to: IncidentState::Resolved,
                author: "ann".to_owned(),
                at: at(day * DAY + 10),
            };
            let id = applied.incidents[0].id;
            store
                .set_incident_state(id, None, transition)
                .await
                .unwrap();
        }
    }
}

fn incident(fingerprint: &str, seconds: i64) -> IncidentUpsert {
    IncidentUpsert {
        fingerprint: Fingerprint(fingerprint.to_owned()),
        severity: Severity::Low,
        score: 0.5,
        title: "t".to_owned(),
        subject: "s".to_owned(),
        namespace: String::new(),
        owner: String::new(),
        team: String::new(),
        last_seen: at(seconds),
        at: at(seconds),
        decided: None,
        body: json!({}),
    }
}

fn finding(fingerprint: &str) -> FindingReport {
    FindingReport {
        fingerprint: Fingerprint(fingerprint.to_owned()),
        check_id: "X-1".to_owned(),
        severity: Severity::Low,
        area: "x".to_owned(),
        subject: "s".to_owned(),
        namespace: String::new(),
        title: "t".to_owned(),
        body: json!({}),
    }
}

/// Everything that a store can be asked, as text.
async fn everything(store: &Store) -> String {
    let mut text = String::new();
    for day in 0..11 {
        let time = at(day * DAY + 1);
        let objects = store.objects_at(time, ObjectFilter::default());
        for object in objects.collect().await.unwrap() {
            text += &serde_json::to_string(&object).unwrap();
        }
        let then = IncidentFilter {
            at: Some(time),
            ..IncidentFilter::default()
        };
        for incident in store.incidents(then, None, 100).await.unwrap().incidents {
            text += &serde_json::to_string(&incident).unwrap();
        }
        let then = FindingFilter {
            at: Some(time),
            ..FindingFilter::default()
        };
        for finding in store.findings(then, None, 100).await.unwrap().findings {
            text += &serde_json::to_string(&finding).unwrap();
        }
    }
    for incident in store
        .incidents(IncidentFilter::default(), None, 100)
        .await
        .unwrap()
        .incidents
    {
        let changes = store.incident_changes(incident.id).await.unwrap();
        text += &serde_json::to_string(&changes).unwrap();
    }
    text += &serde_json::to_string(&all(store, EventFilter::default(), 50).await).unwrap();
    text += &serde_json::to_string(
        &store
            .actions(catseye_store::ActionFilter::default(), None, 100)
            .await
            .unwrap(),
    )
    .unwrap();
    text
}

on_both! {
    async fn what_is_too_old_goes_and_the_rest_stays(stage) {
        let store = stage.open().await;
        fill(&store).await;
        let days = Some(5);
        let retention = Retention {
            event_days: days, object_days: days, incident_days: days, finding_days: days,
            action_days: days, ..Retention::default()
        };
        store.maintain(at(10 * DAY), Retention::default()).await.unwrap();
        let before = store.event_stats().await.unwrap();
        assert_eq!((before.events, before.segments), (200, 10));
        let done = store.maintain(at(10 * DAY), retention.clone()).await.unwrap();
        assert_eq!((done.segments_removed, done.events_removed), (5, 100));
        // kept: ended on the days 1 to 5; gone: two versions and its deletion.
        assert_eq!(done.object_versions_removed, 5 + 3);
        assert_eq!(done.incidents_removed, 5, "those resolved before day 5");
        // f0 was gone on day 1, …, f4 on day 5.
        assert_eq!((done.findings_removed, done.actions_removed), (5, 6));
        assert_eq!(store.event_stats().await.unwrap().oldest, Some(at(5 * DAY)));
        assert_eq!(store.object_versions(key("kept"), None, 100).await.unwrap().len(), 5);
        assert_eq!(store.object_versions(key("gone"), None, 100).await.unwrap(), []);
        let left = store.incidents(IncidentFilter::default(), None, 100).await.unwrap();
        assert_eq!(left.incidents.len(), 5);
        let files = std::fs::read_dir(store.events_folder()).unwrap().count();
        assert_eq!(files, 5 + 1, "five hours and the lock");
        let again = store.maintain(at(10 * DAY), retention).await.unwrap();
        assert_eq!(again, catseye_store::Maintained::default());
    }

    async fn what_is_too_much_goes_oldest_first(stage) {
        let store = stage.open().await;
        fill(&store).await;
        store.maintain(at(11 * DAY), Retention::default()).await.unwrap();
        let stats = store.event_stats().await.unwrap();
        let retention = Retention {
            event_bytes: Some(stats.segment_bytes * 55 / 100),
            object_bytes: Some(0),
            ..Retention::default()
        };
        let done = store.maintain(at(11 * DAY), retention).await.unwrap();
        assert_eq!(done.segments_removed, 5);
        assert_eq!(store.event_stats().await.unwrap().oldest, Some(at(5 * DAY)));
        assert_eq!(store.object_versions(key("kept"), None, 100).await.unwrap().len(), 1, "the present stays");
    }

    async fn a_backup_answers_as_the_store_did(stage) {
        let store = stage.open().await;
        fill(&store).await;
        // Half of the events in segments.
        store.maintain(at(5 * DAY + 3600), Retention::default()).await.unwrap();
        let folder = stage.folder.path().join("backup");
        let backup = store.backup(&folder).await.unwrap();
        assert_eq!(backup.segments, 6);
        let answers = everything(&store).await;
        write(&store, vec![event(9 * DAY, "later")]).await;
        let refused = store.backup(&folder).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "a backup is not written over");

        let target = if stage.is_sqlite() { Stage::sqlite() } else { Stage::postgres().unwrap() };
        let restored = catseye_store::restore(&folder, &target.url, target.options.clone()).await.unwrap();
        assert_eq!(everything(&restored).await, answers);
        // It goes on from there: numbers are not given out twice.
        let applied = restored.apply(Batch { incidents: vec![incident("new", 1)], ..Batch::default() }).await.unwrap();
        assert_eq!(applied.incidents[0].id.0, 11);
        write(&restored, vec![event(9 * DAY, "new")]).await;
        assert_eq!(restored.events(EventFilter::default(), None, 1000).await.unwrap().events.len(), 201);
        drop(restored);
        let again = catseye_store::restore(&folder, &target.url, target.options.clone()).await;
        assert!(matches!(again, Err(Error::Invalid { .. })), "a store that holds something is not written over");
    }

    async fn a_backup_can_be_opened_as_it_is(stage) {
        let store = stage.open().await;
        fill(&store).await;
        store.maintain(at(5 * DAY + 3600), Retention::default()).await.unwrap();
        let folder = stage.folder.path().join("backup");
        store.backup(&folder).await.unwrap();
        let opened = Store::open(folder.to_str().unwrap(), Options::default()).await.unwrap();
        assert_eq!(everything(&opened).await, everything(&store).await);
    }
}

/// SQLite to PostgreSQL and back again.
#[test]
fn a_backup_moves_between_back_ends() {
    let Some(postgres) = Stage::postgres() else {
        return;
    };
    block_on(async {
        let first = Stage::sqlite();
        let store = first.open().await;
        fill(&store).await;
        let answers = everything(&store).await;
        let folder = first.folder.path().join("a");
        store.backup(&folder).await.unwrap();
        let moved = catseye_store::restore(&folder, &postgres.url, postgres.options.clone())
            .await
            .unwrap();
        assert_eq!(everything(&moved).await, answers);
        let folder = first.folder.path().join("b");
        moved.backup(&folder).await.unwrap();
        let back = Store::open(folder.to_str().unwrap(), Options::default())
            .await
            .unwrap();
        assert_eq!(everything(&back).await, answers);
    });
}

/// A second program on the same store reads and writes, and leaves the house keeping to the first.
#[test]
fn only_one_keeps_house() {
    let stage = Stage::sqlite();
    block_on(async {
        let first = stage.open().await;
        let second = stage.open().await;
        write(&second, vec![event(1, "ann")]).await;
        assert_eq!(first.event_stats().await.unwrap().events, 1);
        let done = second
            .maintain(at(DAY), Retention::default())
            .await
            .unwrap();
        assert!(done.elsewhere);
        let done = first.maintain(at(DAY), Retention::default()).await.unwrap();
        assert_eq!((done.elsewhere, done.events_moved), (false, 1));
    });
}

/// A kill between a segment's file and its row leaves a file that nobody names.
#[test]
fn a_file_that_nobody_names_is_removed() {
    let stage = Stage::sqlite();
    block_on(async {
        let store = stage.open().await;
        write(&store, vec![event(1, "ann")]).await;
        store.maintain(at(DAY), Retention::default()).await.unwrap();
        drop(store);
        let hour = stage.folder.path().join("events/hour=2026-01-01T00");
        let named = hour.join("0000000000000001-0000000000000001.parquet");
        let orphan = hour.join("0000000000000009-0000000000000009.parquet");
        std::fs::copy(&named, &orphan).unwrap();
        std::fs::write(hour.join("7.partial"), "half").unwrap();
        let store = stage.open().await;
        let files: Vec<_> = std::fs::read_dir(&hour)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        assert_eq!(files, [named]);
        assert_eq!(all(&store, EventFilter::default(), 10).await.len(), 1);
    });
}
