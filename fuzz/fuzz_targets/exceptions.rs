//! An exceptions file, the annotation, and a baseline: read, then asked about a finding.

#![no_main]

use catseye_model::{FieldPath, Place, Severity, yaml};
use catseye_policy::annotation::{self, Carrier};
use catseye_policy::{Baseline, Exceptions, Subject};
use jiff::civil::date;
use libfuzzer_sys::fuzz_target;

const CARRIER: Carrier<'_> = Carrier {
    display: "Deployment shop/cart",
    kind: "Deployment",
    namespace: "shop",
    name: "cart",
};

const SUBJECT: Subject<'_> = Subject {
    check_id: "POD-006",
    check_name: "host-pid",
    kind: "Deployment",
    namespace: "shop",
    name: "cart",
    owner: Some("team-a"),
    actor: None,
};

fuzz_target!(|text: &str| {
    for document in yaml::documents(text) {
        if let Ok(value) = document.content
            && let Ok(exceptions) = Exceptions::from_value(value.into())
        {
            ask(exceptions);
        }
    }
    let mut exceptions = Exceptions::default();
    for exception in annotation::read(text, &CARRIER).into_iter().flatten() {
        exceptions.add(exception);
    }
    ask(exceptions);
    if let Ok(baseline) = Baseline::from_json(text) {
        let again =
            Baseline::from_json(&baseline.to_json()).expect("a baseline is read as written");
        assert_eq!(again.len(), baseline.len());
    }
});

fn ask(mut exceptions: Exceptions) {
    let today = date(2027, 1, 1);
    let place = Place {
        path: FieldPath::root()
            .join("spec.containers")
            .index(0)
            .join("image"),
        container: Some("app".into()),
        message: String::new(),
        severity: Severity::High,
    };
    let _ = exceptions.accepting(&SUBJECT, &place, today);
    let _ = exceptions.complaints(today);
}
