//! Rules of users in every language: what is read can be asked about any event, and what is refused is
//! told with a line of the text.

#![no_main]

use std::sync::LazyLock;

use catseye_event::Event;
use catseye_model::RedactionKey;
use catseye_rules::{Engine, RuleSet, Source};
use libfuzzer_sys::fuzz_target;

static KEY: LazyLock<RedactionKey> = LazyLock::new(|| RedactionKey::new([0; 32]));

const EVENTS: [&str; 3] = [
    r#"{"kind":"Event","auditID":"1","level":"RequestResponse","stage":"ResponseComplete","verb":"create","user":{"username":"jane","groups":["a","b"],"extra":{"k":["v"]}},"requestURI":"/api/v1/pods?a=%20b","sourceIPs":["10.0.0.1"],"userAgent":"kubectl/v1","objectRef":{"resource":"pods","namespace":"shop","name":"a"},"responseStatus":{"code":201},"requestObject":{"spec":{"hostNetwork":true,"containers":[{"image":"a:1"},{"image":"b"}],"volumes":[{"hostPath":{"path":"/"}}]}},"annotations":{"authorization.k8s.io/decision":"allow"}}"#,
    r#"{"kind":"Event","auditID":"2","level":"Metadata","stage":"RequestReceived","verb":"get","user":{"username":"joe"},"objectRef":{"resource":"secrets"}}"#,
    r#"{"auditID":"3","verb":"patch","requestObject":[{"op":"add","path":"/spec","value":1}],"level":"Request"}"#,
];

fuzz_target!(|text: &str| {
    let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    let set = RuleSet::load(&[Source {
        name: "rules.yaml".to_owned(),
        text: text.to_owned(),
    }]);
    for problem in &set.problems {
        assert!(problem.line <= lines + 1, "{problem}");
        assert!(!problem.message.is_empty());
    }
    let rules = set.rules.len();
    let mut engine = Engine::new(set);
    for (at, text) in EVENTS.iter().enumerate() {
        let Ok(Some(event)) = Event::parse(text, &KEY) else {
            continue;
        };
        let hits = engine.observe(&event, true, at as i64);
        for hit in hits {
            assert!(engine.about(hit.by).is_some());
        }
    }
    assert_eq!(engine.counts().len(), rules);
});
