//! Any text is read as a stream of documents, and every field of what was read is found again in it.

#![no_main]

use catseye_model::position::Outline;
use catseye_model::{FieldPath, Value, yaml};
use libfuzzer_sys::fuzz_target;

/// As many paths as make a document well covered; each one walks the outline.
const MOST_PATHS: usize = 64;

fuzz_target!(|text: &str| {
    // YAML ends a line at a carriage return too.
    let lines = u32::try_from(text.split(['\n', '\r']).count()).unwrap_or(u32::MAX);
    let mut end = 0;
    for document in yaml::documents(text) {
        assert!(document.range.start >= end, "documents overlap");
        end = document.range.end;
        assert!(
            text.get(document.range.clone()).is_some(),
            "a range splits a character"
        );
        let Ok(value) = document.content else {
            continue;
        };
        let written = value.to_string();
        let read: Value = serde_json::from_str(&written).expect("a value is JSON");
        assert_eq!(read, value, "a value survives JSON");
        let outline = Outline::read(text, document.range);
        let mut paths = Vec::new();
        collect(&value, FieldPath::root(), &mut paths);
        for path in paths {
            let parsed: FieldPath = path.to_string().parse().expect("a path is read as written");
            assert_eq!(parsed, path);
            let _ = path.by_name(&value);
            let found = outline.locate(&path);
            assert!(found.line >= 1 && found.column >= 1);
            assert!((found.line, found.column) <= (found.end_line, found.end_column));
            assert!(found.end_line <= lines + 1, "{path} stands behind the end");
            let beyond = path.key("no such field");
            let missing = outline.locate(&beyond);
            assert_eq!(missing.exact, beyond.get(&value).is_some());
        }
    }
});

fn collect(value: &Value, path: FieldPath, paths: &mut Vec<FieldPath>) {
    if paths.len() >= MOST_PATHS {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (key, field) in fields.iter() {
                collect(field, path.clone().key(key.as_str()), paths);
            }
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                collect(member, path.clone().index(index), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}
