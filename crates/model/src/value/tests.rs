//! A value says what `serde_json` would say of the same text.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{Sharer, Value};

/// Any JSON value, with keys that repeat within and across values.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1.0e9..1.0e9_f64).prop_map(Json::from),
        "[a-c]{0,3}|.{0,60}".prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map("[a-e]{0,2}", inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_value_says_what_serde_jsons_says(json in any_json()) {
        let text = json.to_string();
        let value: Value = serde_json::from_str(&text).expect("what was written is JSON");
        prop_assert_eq!(&value, &json);
        prop_assert_eq!(&value, &Value::from(&json));
        prop_assert_eq!(value.to_string(), text);
        prop_assert_eq!(Json::from(&value), json);
    }

    #[test]
    fn members_are_found_as_serde_json_finds_them(json in any_json(), key in "[a-e]{0,2}", place in 0..6_usize) {
        let value = Value::from(&json);
        prop_assert_eq!(&value[key.as_str()], json.get(key.as_str()).unwrap_or(&Json::Null));
        prop_assert_eq!(&value[place], json.get(place).unwrap_or(&Json::Null));
        let pointer = format!("/{key}/{place}");
        prop_assert_eq!(value.pointer(&pointer).map(Json::from), json.pointer(&pointer).cloned());
    }

    #[test]
    fn changing_a_key_changes_nothing_else(json in any_json(), key in "[a-e]{0,2}") {
        let (mut value, before) = (Value::from(&json), Value::from(&json));
        value.set(&key, Value::from("new"));
        let mut expected = json.clone();
        if let Json::Object(map) = &mut expected {
            map.insert(key.clone(), "new".into());
        }
        prop_assert_eq!(&value, &expected);
        value.remove(&key);
        if let Json::Object(map) = &mut expected {
            map.remove(&key);
        }
        prop_assert_eq!(&value, &expected);
        prop_assert_eq!(before, json);
    }

    #[test]
    fn sharing_changes_no_value(values in prop::collection::vec(any_json(), 1..4)) {
        let mut sharer = Sharer::default();
        for json in &values {
            let value = Value::from(json);
            prop_assert_eq!(sharer.share(&value), value);
        }
        sharer.forget();
        prop_assert_eq!(sharer.parts(), 0);
    }
}

#[test]
fn a_value_is_two_words() {
    assert_eq!(size_of::<Value>(), 16);
}

#[test]
fn the_last_value_of_a_key_counts() {
    let value: Value = serde_json::from_str(r#"{"b": 1, "a": 2, "b": 3}"#).expect("JSON");
    assert_eq!(value, serde_json::json!({"a": 2, "b": 3}));
}

#[test]
fn equal_parts_become_one() {
    let mut sharer = Sharer::default();
    let one = sharer.share(&crate::json!({"spec": {"ports": [80, 443]}}));
    let other = sharer.share(&crate::json!({"name": "b", "spec": {"ports": [80, 443]}}));
    let (one, other) = (one["spec"].as_object(), other["spec"].as_object());
    let place = |map: Option<&super::Map>| map.map(|map| map.entries().as_ptr());
    assert_eq!(place(one), place(other));
}
