//! A single event answers every question about it, and never shows the value of a secret.

#![no_main]

use catseye_event::Event;
use catseye_event::audit::parse_time;
use catseye_model::RedactionKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = parse_time(text);
    let key = RedactionKey::new([0; 32]);
    let Ok(Some(event)) = Event::parse(text, &key) else {
        return;
    };
    let _ = (event.actor().username(), event.name(), event.fidelity());
    let _ = (
        event.user().cloud_identity(),
        event.decision(),
        event.time(),
    );
    if event.api_group().is_empty() && event.resource() == "secrets" {
        for body in [event.request_body(), event.response_body()]
            .into_iter()
            .flatten()
        {
            for field in ["data", "stringData"] {
                for value in body[field]
                    .as_object()
                    .into_iter()
                    .flat_map(|data| data.values())
                {
                    let is_hidden = value.is_null()
                        || value
                            .as_str()
                            .is_some_and(catseye_model::redact::is_redacted)
                        || body["kind"] == "Status";
                    assert!(is_hidden, "{value}");
                }
            }
        }
    }
});
