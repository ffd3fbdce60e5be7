//! JSON text is read as serde_json reads it, one document a value; other text gives errors only.

#![no_main]

use catseye_model::{json, yaml};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let documents = json::documents(text);
    let mut end = 0;
    for document in &documents {
        assert!(document.range.start >= end, "documents overlap");
        end = document.range.end;
        assert!(
            text.get(document.range.clone()).is_some(),
            "a range splits a character"
        );
        assert!(document.line >= 1);
    }
    if !json::opens(text) {
        return;
    }
    if let Ok(value) = serde_json::from_str::<Value>(text).map(catseye_model::Value::from) {
        let whole = |read: &[yaml::Document]| {
            assert_eq!(read.len(), 1);
            assert_eq!(read[0].content.as_ref(), Ok(&value));
        };
        whole(&documents);
        whole(&yaml::documents(text));
    }
});
