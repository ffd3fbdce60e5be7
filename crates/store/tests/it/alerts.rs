//! Alerts on their way out, and marks of events, on both back ends.

use catseye_store::{AlertPut, AlertSettled, Batch, Collection, DocumentPut, Retention, Seen};

use crate::at;
use crate::stage::on_both;

fn put(sink: &str, key: &str, second: i64) -> AlertPut {
    AlertPut {
        sink: sink.to_owned(),
        key: key.to_owned(),
        at: at(second),
        body: format!("{{\"id\":\"{key}\"}}").into_bytes(),
    }
}

fn settled(sink: &str, key: &str, outcome: &str) -> AlertSettled {
    AlertSettled {
        sink: sink.to_owned(),
        key: key.to_owned(),
        at: at(100),
        outcome: outcome.to_owned(),
    }
}

on_both! {
    async fn an_alert_waits_until_it_is_settled_and_is_never_put_twice(stage) {
        let store = stage.open().await;
        let alerts = vec![put("soc", "a", 1), put("soc", "b", 2), put("chat", "a", 1)];
        store.apply(Batch { alerts: alerts.clone(), ..Batch::default() }).await.unwrap();
        store.apply(Batch { alerts, ..Batch::default() }).await.unwrap();
        drop(store);
        let store = stage.open().await;
        let waiting = store.waiting_alerts("soc", 0, 10).await.unwrap();
        let keys: Vec<&str> = waiting.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["a", "b"]);
        assert_eq!((waiting[0].at, &*waiting[0].body), (at(1), b"{\"id\":\"a\"}".as_slice()));
        let later = store.waiting_alerts("soc", waiting[0].id, 10).await.unwrap();
        assert_eq!(later, waiting[1..]);
        let settle = vec![settled("soc", "a", "delivered"), settled("soc", "none", "dead")];
        store.apply(Batch { settled_alerts: settle, ..Batch::default() }).await.unwrap();
        // The first word stands, and what is settled does not come back.
        let batch = Batch {
            alerts: vec![put("soc", "a", 3)],
            settled_alerts: vec![settled("soc", "a", "dead")],
            ..Batch::default()
        };
        store.apply(batch).await.unwrap();
        assert_eq!(store.waiting_alerts("soc", 0, 10).await.unwrap(), later);
        let counts = store.waiting_alert_counts().await.unwrap();
        assert_eq!(counts, [("chat".to_owned(), 1), ("soc".to_owned(), 1)]);
        let outcome = store.alert_outcome("soc", "a").await.unwrap();
        assert_eq!(outcome.as_deref(), Some("delivered"));
        assert_eq!(store.alert_outcome("soc", "b").await.unwrap(), None);
    }

    async fn an_alert_is_written_with_its_batch_or_not_at_all(stage) {
        let store = stage.open().await;
        let doomed = Batch {
            alerts: vec![put("soc", "a", 1)],
            seen: Some(Seen { at: at(1), marks: vec![1], forget_before: None }),
            documents: vec![DocumentPut {
                collection: Collection::BASELINES, name: "b".to_owned(), expected: Some(7),
                author: "catseye".to_owned(), at: at(1), expires: None, body: Vec::new(),
            }],
            ..Batch::default()
        };
        store.apply(doomed).await.unwrap_err();
        assert_eq!(store.waiting_alerts("soc", 0, 10).await.unwrap(), []);
        assert_eq!(store.seen_since(at(0)).await.unwrap(), []);
    }

    async fn settled_alerts_go_with_old_incidents_and_waiting_ones_stay(stage) {
        let store = stage.open().await;
        let batch = Batch {
            alerts: vec![put("soc", "a", 1), put("soc", "b", 1)],
            settled_alerts: vec![settled("soc", "a", "delivered")],
            ..Batch::default()
        };
        store.apply(batch).await.unwrap();
        let retention = Retention { incident_days: Some(1), ..Retention::default() };
        store.maintain(at(100 + 3 * 86_400), retention).await.unwrap();
        assert_eq!(store.alert_outcome("soc", "a").await.unwrap(), None);
        assert_eq!(store.waiting_alerts("soc", 0, 10).await.unwrap().len(), 1);
    }

    async fn marks_of_events_outlive_the_program_until_they_are_forgotten(stage) {
        let store = stage.open().await;
        for (second, marks) in [(1, vec![1, u64::MAX]), (2, vec![3]), (3, Vec::new())] {
            let seen = Some(Seen { at: at(second), marks, forget_before: None });
            store.apply(Batch { seen, ..Batch::default() }).await.unwrap();
        }
        drop(store);
        let store = stage.open().await;
        let all = |found: Vec<Seen>| found.into_iter().flat_map(|it| it.marks).collect::<Vec<_>>();
        assert_eq!(all(store.seen_since(at(0)).await.unwrap()), [1, u64::MAX, 3]);
        assert_eq!(all(store.seen_since(at(2)).await.unwrap()), [3]);
        let seen = Some(Seen { at: at(4), marks: vec![4], forget_before: Some(at(2)) });
        store.apply(Batch { seen, ..Batch::default() }).await.unwrap();
        assert_eq!(all(store.seen_since(at(0)).await.unwrap()), [3, 4]);
    }
}
