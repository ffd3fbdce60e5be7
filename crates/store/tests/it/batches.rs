//! Batches: all or nothing, once.

use catseye_model::Severity;
use catseye_store::{
    Batch, Collection, Cursor, DocumentPut, Error, EventFilter, Fingerprint, IncidentFilter,
    IncidentUpsert, Position,
};
use serde_json::json;

use crate::at;
use crate::events::event;
use crate::stage::on_both;

fn batch(sequence: u64) -> Batch {
    Batch {
        position: Some(Position {
            stream: "audit".to_owned(),
            sequence,
        }),
        events: vec![event(1, "ann"), event(2, "bob")],
        incidents: vec![IncidentUpsert {
            fingerprint: Fingerprint(format!("i{sequence}")),
            severity: Severity::High,
            score: 1.0,
            title: "t".to_owned(),
            subject: "s".to_owned(),
            namespace: String::new(),
            owner: String::new(),
            team: String::new(),
            last_seen: at(1),
            at: at(1),
            decided: None,
            body: json!({}),
        }],
        cursors: vec![Cursor {
            name: "audit".to_owned(),
            position: sequence.to_string(),
            at: at(1),
        }],
        ..Batch::default()
    }
}

on_both! {
    async fn a_batch_sent_twice_counts_once(stage) {
        let store = stage.open().await;
        assert!(!store.apply(batch(1)).await.unwrap().repeated);
        let again = store.apply(batch(1)).await.unwrap();
        assert_eq!((again.repeated, again.events), (true, 0));
        assert!(!store.apply(batch(5)).await.unwrap().repeated);
        assert!(store.apply(batch(4)).await.unwrap().repeated);
        assert_eq!(store.last_sequence("audit").await.unwrap(), 5);
        assert_eq!(store.last_sequence("other").await.unwrap(), 0);
        assert_eq!(store.event_stats().await.unwrap().events, 4);
        assert_eq!(store.cursor("audit").await.unwrap().unwrap().position, "5");
    }

    async fn a_batch_that_fails_leaves_nothing(stage) {
        let store = stage.open().await;
        let mut doomed = batch(1);
        doomed.documents = vec![DocumentPut {
            collection: Collection::BASELINES, name: "b".to_owned(), expected: Some(7),
            author: "catseye".to_owned(), at: at(1), expires: None, body: Vec::new(),
        }];
        let failed = store.apply(doomed).await;
        assert!(matches!(failed, Err(Error::Conflict { .. })), "{failed:?}");
        assert_eq!(store.event_stats().await.unwrap().events, 0);
        assert_eq!(store.cursor("audit").await.unwrap(), None);
        assert_eq!(store.last_sequence("audit").await.unwrap(), 0);
        assert!(store.incidents(IncidentFilter::default(), None, 10).await.unwrap().incidents.is_empty());
        assert!(!store.apply(batch(1)).await.unwrap().repeated);
    }

    async fn what_can_never_be_written_keeps_nothing_else_back(stage) {
        let store = stage.open().await;
        let mut poisoned = batch(1);
        let mut huge = poisoned.events[0].clone();
        huge.raw = "x".repeat(9 << 20);
        poisoned.events.push(huge);
        poisoned.documents = vec![DocumentPut {
            collection: Collection::BASELINES, name: "b".to_owned(), expected: None,
            author: "catseye".to_owned(), at: at(1), expires: None, body: vec![0; catseye_store::LARGEST_BODY + 1],
        }];
        // A name that PostgreSQL takes in no text.
        poisoned.incidents[0].title.insert(0, '\0');
        let packed = store.pack(poisoned).await.unwrap();
        assert_eq!(packed.refused().len(), 2, "{:?}", packed.refused());
        assert_eq!(store.apply_packed(&packed).await.unwrap().refused, Vec::<String>::new());
        assert!(store.apply_packed(&packed).await.unwrap().repeated);
        assert_eq!(store.event_stats().await.unwrap().events, 2);
        let kept = store.incidents(IncidentFilter::default(), None, 10).await.unwrap().incidents;
        assert_eq!(kept.len(), 1, "{kept:?}");
    }

    async fn calls_of_one_commit_fail_alone(stage) {
        let store = stage.open().await;
        let mut calls = Vec::new();
        for n in 0..300_u64 {
            let store = store.clone();
            calls.push(tokio::spawn(async move {
                let put = DocumentPut {
                    collection: Collection::SETTINGS, name: format!("d{n}"),
                    // Every third one expects a version that is not there.
                    expected: Some(u64::from(n % 3 == 0)),
                    author: "ann".to_owned(), at: at(1), expires: None, body: b"x".to_vec(),
                };
                store.put_document(put).await.is_ok()
            }));
        }
        let mut kept = 0;
        for (n, call) in calls.into_iter().enumerate() {
            let written = call.await.unwrap();
            assert_eq!(written, n % 3 != 0, "document {n}");
            kept += usize::from(written);
        }
        assert_eq!(store.documents(Collection::SETTINGS).await.unwrap().len(), kept);
    }

    async fn what_was_written_is_there_after_closing(stage) {
        let store = stage.open().await;
        store.apply(batch(1)).await.unwrap();
        drop(store);
        let store = stage.open().await;
        assert_eq!(store.last_sequence("audit").await.unwrap(), 1);
        let page = store.events(EventFilter::default(), None, 10).await.unwrap();
        assert_eq!(page.events.len(), 2);
        store.ping().await.unwrap();
    }
}
