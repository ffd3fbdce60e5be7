//! A store of every schema version that was ever written opens and answers.
//!
//! `golden/v1.db.zst` was written by the program that wrote version 1. When the schema changes, a file of
//! the new version is added by `cargo test -p catseye-store write_golden -- --ignored`, and the old ones stay.

use std::path::PathBuf;

use catseye_model::Severity;
use catseye_store::{
    ActionFilter, Batch, Collection, Comment, Cursor, Depth, DocumentPut, EventFilter,
    FindingFilter, FindingReport, FindingScope, FindingsUpdate, Fingerprint, IncidentFilter,
    IncidentState, IncidentUpsert, ObjectChange, ObjectFilter, ObjectKey, Options, Position, Store,
    Transition, UserAction,
};
use serde_json::json;

use crate::at;
use crate::events::event;
use crate::stage::block_on;

/// Every version that a released program wrote.
const VERSIONS: [u32; 2] = [1, 2];

fn path(version: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/golden/v{version}.db.zst"))
}

async fn fill(store: &Store) {
    let batch = Batch {
        position: Some(Position {
            stream: "audit".to_owned(),
            sequence: 3,
        }),
        events: vec![event(1, "ann"), event(2, "bob")],
        objects: vec![ObjectChange {
            key: ObjectKey {
                group: "apps".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: "shop".to_owned(),
                name: "cart".to_owned(),
            },
            uid: "u".to_owned(),
            resource_version: "7".to_owned(),
            at: at(1),
            body: Some(json!({"spec": {"replicas": 2}})),
            depth: Depth::Intent,
        }],
        incidents: vec![IncidentUpsert {
            fingerprint: Fingerprint("i".to_owned()),
            severity: Severity::Critical,
            score: 9.5,
            title: "somebody took the cluster".to_owned(),
            subject: "ann".to_owned(),
            namespace: "shop".to_owned(),
            owner: "web".to_owned(),
            team: "shop".to_owned(),
            last_seen: at(1),
            at: at(1),
            decided: None,
            body: json!({"evidence": [1, 2]}),
        }],
        findings: vec![FindingsUpdate {
            at: at(1),
            scope: FindingScope::Everything,
            present: vec![FindingReport {
                fingerprint: Fingerprint("f".to_owned()),
                check_id: "POD-001".to_owned(),
                severity: Severity::High,
                area: "workload".to_owned(),
                subject: "Deployment shop/cart".to_owned(),
                namespace: "shop".to_owned(),
                title: "A container runs privileged".to_owned(),
                body: json!({}),
            }],
        }],
        documents: vec![DocumentPut {
            collection: Collection::SETTINGS,
            name: "budget".to_owned(),
            expected: None,
            author: "ann".to_owned(),
            at: at(1),
            expires: None,
            body: b"{\"a_day\": 5}".to_vec(),
        }],
        cursors: vec![Cursor {
            name: "audit".to_owned(),
            position: "99".to_owned(),
            at: at(1),
        }],
        actions: vec![UserAction {
            at: at(1),
            actor: "ann".to_owned(),
            verb: "incident.accept".to_owned(),
            target: "incident 1".to_owned(),
            outcome: "allowed".to_owned(),
            source_ip: "10.0.0.1".to_owned(),
            detail: json!({}),
        }],
        ..Batch::default()
    };
    let id = store.apply(batch).await.unwrap().incidents[0].id;
    let transition = Transition {
        to: IncidentState::Accepted {
            reason: "drill".to_owned(),
            until: at(1000),
        },
        author: "bob".to_owned(),
        at: at(2),
    };
    store
        .set_incident_state(id, Some(1), transition)
        .await
        .unwrap();
    let comment = Comment {
        at: at(3),
        author: "eve".to_owned(),
        text: "well done".to_owned(),
    };
    store.comment_on_incident(id, comment).await.unwrap();
}

/// What the store answers, a line each.
async fn answers(store: &Store) -> Vec<String> {
    let json = |value: serde_json::Value| value.to_string();
    let mut lines = Vec::new();
    for object in store
        .objects_at(at(10), ObjectFilter::default())
        .collect()
        .await
        .unwrap()
    {
        lines.push(json(serde_json::to_value(object).unwrap()));
    }
    for incident in store
        .incidents(IncidentFilter::default(), None, 10)
        .await
        .unwrap()
        .incidents
    {
        let changes = store.incident_changes(incident.id).await.unwrap();
        lines.push(json(serde_json::to_value(changes).unwrap()));
        let comments = store.incident_comments(incident.id).await.unwrap();
        lines.push(json(serde_json::to_value(comments).unwrap()));
        lines.push(json(serde_json::to_value(incident).unwrap()));
    }
    for finding in store
        .findings(FindingFilter::default(), None, 10)
        .await
        .unwrap()
        .findings
    {
        lines.push(json(serde_json::to_value(finding).unwrap()));
    }
    for event in store
        .events(EventFilter::default(), None, 10)
        .await
        .unwrap()
        .events
    {
        lines.push(json(serde_json::to_value(event).unwrap()));
    }
    for action in store
        .actions(ActionFilter::default(), None, 10)
        .await
        .unwrap()
    {
        lines.push(json(serde_json::to_value(action).unwrap()));
    }
    let document = store
        .document(Collection::SETTINGS, "budget")
        .await
        .unwrap()
        .unwrap();
    lines.push(document.json().unwrap().to_string());
    lines.push(store.cursor("audit").await.unwrap().unwrap().position);
    lines.push(store.last_sequence("audit").await.unwrap().to_string());
    lines
}

#[test]
fn a_store_of_every_version_opens_and_answers() {
    block_on(async {
        let fresh = tempfile::tempdir().unwrap();
        let new = Store::open(fresh.path().to_str().unwrap(), Options::default())
            .await
            .unwrap();
        fill(&new).await;
        let expected = answers(&new).await;
        for version in VERSIONS {
            let folder = tempfile::tempdir().unwrap();
            let packed = std::fs::read(path(version)).unwrap();
            let database = zstd::bulk::decompress(&packed, 16 << 20).unwrap();
            std::fs::write(folder.path().join("catseye.db"), database).unwrap();
            let old = Store::open(folder.path().to_str().unwrap(), Options::default())
                .await
                .unwrap();
            assert_eq!(answers(&old).await, expected, "version {version}");
        }
    });
}

#[test]
#[ignore = "writes the golden file of a new schema version"]
fn write_golden() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().to_str().unwrap(), Options::default())
            .await
            .unwrap();
        fill(&store).await;
        let copy = folder.path().join("copy");
        store.backup(&copy).await.unwrap();
        let database = std::fs::read(copy.join("catseye.db")).unwrap();
        let packed = zstd::bulk::compress(&database, 19).unwrap();
        let newest = path(VERSIONS[VERSIONS.len() - 1]);
        std::fs::create_dir_all(newest.parent().unwrap()).unwrap();
        std::fs::write(newest, packed).unwrap();
    });
}
