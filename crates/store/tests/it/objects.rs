//! The history of objects.

use catseye_store::{Batch, Depth, Difference, ObjectChange, ObjectFilter, ObjectKey, Store};
use serde_json::{Value, json};

use crate::at;
use crate::stage::on_both;

fn key(name: &str) -> ObjectKey {
    ObjectKey {
        group: "apps".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
    }
}

fn change(name: &str, seconds: i64, body: Option<Value>) -> ObjectChange {
    ObjectChange {
        key: key(name),
        uid: format!("uid-{name}"),
        resource_version: seconds.to_string(),
        at: at(seconds),
        body,
        depth: Depth::Everything,
    }
}

async fn write(store: &Store, objects: Vec<ObjectChange>) -> usize {
    let batch = Batch {
        objects,
        ..Batch::default()
    };
    store.apply(batch).await.unwrap().object_versions
}

async fn names_at(store: &Store, seconds: i64) -> Vec<String> {
    let objects = store.objects_at(at(seconds), ObjectFilter::default());
    let objects = objects.collect().await.unwrap();
    objects
        .into_iter()
        .map(|object| format!("{} {}", object.key.name, object.body.unwrap()))
        .collect()
}

on_both! {
    async fn an_object_is_what_it_was_at_any_time(stage) {
        let store = stage.open().await;
        write(&store, vec![change("cart", 10, Some(json!({"image": "a"})))]).await;
        write(&store, vec![change("cart", 20, Some(json!({"image": "b"})))]).await;
        write(&store, vec![change("cart", 30, None)]).await;
        write(&store, vec![change("cart", 40, Some(json!({"image": "c"})))]).await;
        let expected = [(9, ""), (10, "a"), (19, "a"), (20, "b"), (29, "b"), (30, ""), (39, ""), (40, "c")];
        for (seconds, image) in expected {
            let found = store.object_at(key("cart"), at(seconds)).await.unwrap();
            let found = found.map(|object| object.body.unwrap()["image"].clone());
            let expected = if image.is_empty() { None } else { Some(json!(image)) };
            assert_eq!(found, expected, "at {seconds}");
        }
        let versions = store.object_versions(key("cart"), None, 10).await.unwrap();
        let times: Vec<_> = versions.iter().map(|v| (v.valid_from, v.valid_until, v.deleted)).collect();
        assert_eq!(times, [
            (at(40), None, false),
            (at(30), Some(at(40)), true),
            (at(20), Some(at(30)), false),
            (at(10), Some(at(20)), false),
        ]);
        let page = store.object_versions(key("cart"), Some(at(30)), 1).await.unwrap();
        assert_eq!(page, [versions[2].clone()]);
    }

    async fn seeing_the_same_again_writes_nothing(stage) {
        let store = stage.open().await;
        let body = json!({"spec": {"replicas": 1}});
        assert_eq!(write(&store, vec![change("cart", 1, Some(body.clone()))]).await, 1);
        assert_eq!(write(&store, vec![change("cart", 2, Some(body.clone()))]).await, 0);
        assert_eq!(write(&store, vec![change("none", 3, None)]).await, 0);
        assert_eq!(write(&store, vec![change("cart", 4, None)]).await, 1);
        assert_eq!(write(&store, vec![change("cart", 5, None)]).await, 0);
        assert_eq!(write(&store, vec![change("cart", 6, Some(body.clone()))]).await, 1);
        let mut another = change("cart", 7, Some(body));
        "another".clone_into(&mut another.uid);
        assert_eq!(write(&store, vec![another]).await, 1, "a new uid is another object");
    }

    async fn a_change_of_the_status_counts_only_when_wanted(stage) {
        let store = stage.open().await;
        let body = |ready: u64, version: u64, replicas: u64| json!({
            "metadata": {"name": "cart", "resourceVersion": version.to_string(), "managedFields": [version]},
            "spec": {"replicas": replicas},
            "status": {"ready": ready},
        });
        let intent = |seconds, body| ObjectChange { depth: Depth::Intent, ..change("cart", seconds, Some(body)) };
        assert_eq!(write(&store, vec![intent(1, body(0, 1, 1))]).await, 1);
        assert_eq!(write(&store, vec![intent(2, body(1, 2, 1))]).await, 0);
        assert_eq!(write(&store, vec![intent(3, body(1, 3, 2))]).await, 1);
        assert_eq!(write(&store, vec![change("cart", 4, Some(body(2, 4, 2)))]).await, 1);
    }

    async fn a_change_seen_late_comes_after_what_is_known(stage) {
        let store = stage.open().await;
        write(&store, vec![change("cart", 10, Some(json!(1)))]).await;
        write(&store, vec![change("cart", 5, Some(json!(2)))]).await;
        let versions = store.object_versions(key("cart"), None, 10).await.unwrap();
        assert_eq!(versions[0].body, Some(json!(2)));
        assert_eq!(versions[0].valid_from.as_microsecond(), at(10).as_microsecond() + 1);
        assert_eq!(versions[1].valid_until, Some(versions[0].valid_from));
    }

    async fn all_objects_of_a_time_come_in_parts(stage) {
        let store = stage.open().await;
        let objects = (0..1203).map(|n| change(&format!("pod-{n:04}"), n, Some(json!(n)))).collect();
        write(&store, objects).await;
        write(&store, vec![change("pod-0005", 5000, None), change("pod-0006", 5001, Some(json!("x")))]).await;
        let mut stream = store.objects_at(at(6000), ObjectFilter::default());
        let mut parts = Vec::new();
        while let Some(part) = stream.next().await.unwrap() {
            parts.push(part.len());
        }
        assert_eq!(parts, [500, 500, 202]);
        assert_eq!(names_at(&store, 2).await, ["pod-0000 0", "pod-0001 1", "pod-0002 2"]);
        assert_eq!(names_at(&store, 4999).await.len(), 1203);
        let filter = ObjectFilter { name_prefix: Some("pod-12".to_owned()), ..ObjectFilter::default() };
        assert_eq!(store.objects_at(at(6000), filter).collect().await.unwrap().len(), 3);
        let other_case = ObjectFilter { name_prefix: Some("POD-12".to_owned()), ..ObjectFilter::default() };
        assert_eq!(store.objects_at(at(6000), other_case).collect().await.unwrap(), []);
        let elsewhere = ObjectFilter { namespace: Some(String::new()), ..ObjectFilter::default() };
        assert_eq!(store.objects_at(at(6000), elsewhere).collect().await.unwrap(), []);
    }

    async fn two_times_differ_by_what_is_really_different(stage) {
        let store = stage.open().await;
        write(&store, ["same", "back", "edited", "removed", "again"].iter()
            .map(|name| change(name, 1, Some(json!(1)))).collect()).await;
        write(&store, vec![
            change("back", 10, Some(json!(2))), change("edited", 10, Some(json!(2))),
            change("removed", 10, None), change("again", 10, None),
            change("added", 10, Some(json!(1))), change("short-lived", 10, Some(json!(1))),
        ]).await;
        write(&store, vec![
            change("back", 11, Some(json!(1))), change("again", 11, Some(json!(1))),
            change("short-lived", 11, None),
        ]).await;
        let differences = store.objects_between(at(5), at(20), ObjectFilter::default()).await.unwrap();
        let found: Vec<_> = differences.iter().map(|d| (d.key.name.as_str(), d.difference, d.before, d.after)).collect();
        assert_eq!(found, [
            ("added", Difference::Added, None, Some(at(10))),
            ("edited", Difference::Changed, Some(at(1)), Some(at(10))),
            ("removed", Difference::Removed, Some(at(1)), None),
        ]);
        assert_eq!(store.objects_between(at(20), at(30), ObjectFilter::default()).await.unwrap(), []);
        assert!(store.objects_between(at(2), at(1), ObjectFilter::default()).await.is_err());
    }

    async fn odd_text_comes_back_as_it_was(stage) {
        let store = stage.open().await;
        let name = "ünïcode '\"; DROP TABLE object; -- %_!";
        let body = json!({"nul": "a\u{0}b", "deep": [[[{"é": "\u{1F40B}"}]]], "n": 1.5e300});
        write(&store, vec![change(name, 1, Some(body.clone()))]).await;
        assert_eq!(store.object_at(key(name), at(1)).await.unwrap().unwrap().body, Some(body));
        let literal = ObjectFilter { name_prefix: Some("ünïcode '\"; DROP TABLE object; -- %_".to_owned()), ..ObjectFilter::default() };
        assert_eq!(store.objects_at(at(1), literal).collect().await.unwrap().len(), 1);
        let wild = ObjectFilter { name_prefix: Some("%".to_owned()), ..ObjectFilter::default() };
        assert_eq!(store.objects_at(at(1), wild).collect().await.unwrap(), []);
        // PostgreSQL knows no NUL in text: it is replaced on both.
        write(&store, vec![change("a\u{0}b", 1, Some(json!(1)))]).await;
        assert!(store.object_at(key("a\u{fffd}b"), at(1)).await.unwrap().is_some());
    }
}

on_both! {
    async fn versions_come_in_the_order_of_time(stage) {
        let store = stage.open().await;
        write(&store, vec![change("cart", 10, Some(json!({"image": "a"}))), change("web", 10, Some(json!({})))]).await;
        write(&store, vec![change("cart", 20, Some(json!({"image": "b"})))]).await;
        write(&store, vec![change("web", 30, None)]).await;
        let mut stream = store.versions_from(at(10), at(30));
        let found = stream.next().await.unwrap().unwrap();
        let told: Vec<_> = found.iter().map(|version| (version.key.name.as_str(), version.deleted)).collect();
        assert_eq!(told, [("cart", false), ("web", false), ("cart", false)]);
        assert!(stream.next().await.unwrap().is_none());
        let found = store.versions_from(at(20), at(31)).next().await.unwrap().unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[1].deleted && found[1].body.is_none());
    }
}
