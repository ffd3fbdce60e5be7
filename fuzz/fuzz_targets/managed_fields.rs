//! Any object with any managedFields: owners answer for every path, an object does not differ from itself, and
//! what is restored is as desired.

#![no_main]

use catseye_drift::{Comparison, Mutations, Owners, Path, Ranges, Schemas, Trust, edits, restored};
use catseye_model::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut halves = text.splitn(2, '\n');
    let (Some(one), other) = (halves.next(), halves.next().unwrap_or("{}")) else {
        return;
    };
    let (Ok(desired), Ok(live)) = (
        serde_json::from_str::<Value>(one),
        serde_json::from_str::<Value>(other),
    ) else {
        return;
    };
    let owners = Owners::of(&live);
    let _ = owners.of_path(&Path::of("spec.template.spec.containers"));
    let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
    let comparison = Comparison {
        schemas: Schemas::builtin(),
        trust: &trust,
        ranges: &ranges,
        mutations: &mutations,
        deployer: None,
        same_key: true,
    };
    let same = comparison.compare(&desired, &desired);
    assert!(
        same.differences.iter().all(|it| !it.class.is_difference()),
        "{same:?}"
    );
    let compared = comparison.compare(&desired, &live);
    for difference in &compared.differences {
        let _ = owners.of_path(&difference.path);
        let _ = difference.path.to_string();
    }
    let _ = restored(&live, &edits(&desired, &live, &compared.differences));
});
