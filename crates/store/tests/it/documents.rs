//! Documents, cursors, and the log of what users did.

use catseye_store::{ActionFilter, Batch, Collection, Cursor, DocumentPut, Error, UserAction};
use serde_json::json;

use crate::at;
use crate::stage::on_both;

fn put(name: &str, expected: Option<u64>, body: &str) -> DocumentPut {
    DocumentPut {
        collection: Collection::EXCEPTIONS,
        name: name.to_owned(),
        expected,
        author: "ann".to_owned(),
        at: at(1),
        expires: Some(at(100)),
        body: body.as_bytes().to_vec(),
    }
}

fn action(actor: &str, verb: &str, seconds: i64) -> UserAction {
    UserAction {
        at: at(seconds),
        actor: actor.to_owned(),
        verb: verb.to_owned(),
        target: "incident 1".to_owned(),
        outcome: "allowed".to_owned(),
        source_ip: "::1".to_owned(),
        detail: json!({"from": 1}),
    }
}

on_both! {
    async fn writers_of_a_document_do_not_undo_each_other(stage) {
        let store = stage.open().await;
        assert_eq!(store.put_document(put("x", Some(0), "{\"a\": 1}")).await.unwrap(), 1);
        let again = store.put_document(put("x", Some(0), "new")).await;
        assert!(matches!(again, Err(Error::Conflict { expected: 0, found: 1, .. })));
        assert_eq!(store.put_document(put("x", Some(1), "{\"a\": 2}")).await.unwrap(), 2);
        assert_eq!(store.put_document(put("x", None, "{\"a\": 3}")).await.unwrap(), 3);
        let found = store.document(Collection::EXCEPTIONS, "x").await.unwrap().unwrap();
        assert_eq!((found.version, found.author.as_str(), found.expires), (3, "ann", Some(at(100))));
        assert_eq!(found.json().unwrap(), json!({"a": 3}));
        assert_eq!(store.document(Collection::SETTINGS, "x").await.unwrap(), None);
        assert!(store.delete_document(Collection::EXCEPTIONS, "x", Some(2)).await.is_err());
        assert!(store.delete_document(Collection::EXCEPTIONS, "x", Some(3)).await.unwrap());
        assert!(!store.delete_document(Collection::EXCEPTIONS, "x", None).await.unwrap());
    }

    async fn documents_are_sorted_by_bytes(stage) {
        let store = stage.open().await;
        for name in ["b", "a", "B", "é", "_"] {
            store.put_document(put(name, None, "")).await.unwrap();
        }
        let names: Vec<_> = store.documents(Collection::EXCEPTIONS).await.unwrap().into_iter().map(|d| d.name).collect();
        assert_eq!(names, ["B", "_", "a", "b", "é"]);
    }

    async fn a_large_document_comes_back(stage) {
        let store = stage.open().await;
        let body: Vec<u8> = (0..3_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let large = DocumentPut { body: body.clone(), ..put("large", None, "") };
        store.put_document(large).await.unwrap();
        assert_eq!(store.document(Collection::EXCEPTIONS, "large").await.unwrap().unwrap().body, body);
        let too_large = DocumentPut { body: vec![0; (64 << 20) + 1], ..put("huge", None, "") };
        assert!(matches!(store.put_document(too_large).await, Err(Error::Invalid { .. })));
    }

    async fn a_cursor_is_where_the_last_batch_left_it(stage) {
        let store = stage.open().await;
        assert_eq!(store.cursor("audit").await.unwrap(), None);
        for position in ["10", "20"] {
            let cursor = Cursor { name: "audit".to_owned(), position: position.to_owned(), at: at(1) };
            store.apply(Batch { cursors: vec![cursor], ..Batch::default() }).await.unwrap();
        }
        assert_eq!(store.cursor("audit").await.unwrap().unwrap().position, "20");
    }

    async fn actions_are_listed_newest_first(stage) {
        let store = stage.open().await;
        for n in 0..5 {
            let actor = if n % 2 == 0 { "ann" } else { "bob" };
            store.record_action(action(actor, "incident.accept", n)).await.unwrap();
        }
        let all = store.actions(ActionFilter::default(), None, 3).await.unwrap();
        assert_eq!(all.iter().map(|a| a.at).collect::<Vec<_>>(), [at(4), at(3), at(2)]);
        assert_eq!(all[0].detail, json!({"from": 1}));
        let rest = store.actions(ActionFilter::default(), Some(all[2].id), 3).await.unwrap();
        assert_eq!(rest.iter().map(|a| a.at).collect::<Vec<_>>(), [at(1), at(0)]);
        let bob = ActionFilter { actor: Some("bob".to_owned()), since: Some(at(2)), ..ActionFilter::default() };
        assert_eq!(store.actions(bob, None, 10).await.unwrap().len(), 1);
    }
}
