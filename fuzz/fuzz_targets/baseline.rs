//! Any text as a baseline file: refused, or read; what is read is written as it would be read again,
//! and calls are judged by it.

#![no_main]

use catseye_detect::baseline::{Baseline, Call, Config};
use catseye_event::Event;
use catseye_model::RedactionKey;
use libfuzzer_sys::fuzz_target;

const EVENT: &str = r#"{"auditID":"a","verb":"list","user":{"username":"alice"},"sourceIPs":["192.0.2.1"],
    "userAgent":"kubectl/v1.36","objectRef":{"resource":"secrets"},"responseStatus":{"code":200}}"#;

fuzz_target!(|text: &str| {
    let Ok(mut baseline) = Baseline::from_json(text, Config::default()) else {
        return;
    };
    let written = baseline.to_json();
    let again = Baseline::from_json(&written, Config::default()).expect("what was written is read");
    assert_eq!(again.to_json(), written);
    baseline
        .merge(&again)
        .expect("a baseline merges with what it was");
    let key = RedactionKey::new([0; 32]);
    let event = Event::parse(EVENT, &key).expect("JSON").expect("an event");
    for time in [0, 1_900_000_000, 4_000_000_000] {
        let time = jiff::Timestamp::from_second(time).expect("a time");
        let observed = baseline.observe(&Call::of(&event, time));
        baseline.learn(&observed);
    }
    let _ = baseline.to_json();
});
