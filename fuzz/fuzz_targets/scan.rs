//! A whole scan: manifests are read, indexed and judged by every check.

#![no_main]

use catseye_checks::{Config, Judge, all};
use catseye_model::{Completeness, FieldPath, Inventory, Object, yaml};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        if let Ok(value) = document.content {
            objects.extend(Object::read(value, None).0);
        }
    }
    if objects.is_empty() {
        return;
    }
    let completeness = match text.len() % 3 {
        0 => Completeness::Fragment,
        1 => Completeness::Tree,
        _ => Completeness::Cluster,
    };
    let inventory = Inventory::new(objects, completeness);
    let config = Config::default();
    let judge = Judge::new(&inventory, &config, all());
    for (id, object) in inventory.objects() {
        let Some(verdict) = judge.verdict(id) else {
            assert!(!inventory.is_judged(id));
            continue;
        };
        for finding in verdict.findings {
            assert!(!finding.places.is_empty());
            for place in finding.places {
                let written = place.path.to_string();
                let read: FieldPath = written.parse().expect("a path is read as written");
                assert_eq!(read, place.path, "{}: {written}", finding.check);
                let _ = place.path.by_name(object.value());
                assert!(!place.message.is_empty() && place.severity <= finding.severity);
            }
        }
    }
});
