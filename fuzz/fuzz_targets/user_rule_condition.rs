//! A Falco condition, and a Sigma condition and field, of any text: short inputs reach the grammars that
//! YAML hides from the fuzzer.

#![no_main]

use catseye_rules::{RuleSet, Source};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|text: &str| {
    let falco = json!([{"rule": "r", "condition": text, "output": text, "priority": "ERROR", "source": "k8s_audit"}]);
    let sigma = json!({"title": "t", "logsource": {"product": "kubernetes", "service": "audit"},
        "detection": {"sel": {"verb": "get"}, "other": {text: text}, "condition": text}});
    let kaudit = json!([{"id": "a", "name": "a", "conditions": [{"field": text, "match-op": "~", "match-value": text},
        {"field": "username", "match-op": "~", "match-value": text}]}]);
    for document in [falco, sigma, kaudit] {
        let set = RuleSet::load(&[Source {
            name: "rules.json".to_owned(),
            text: document.to_string(),
        }]);
        // Every rule is either used or has its problem.
        assert!(!set.rules.is_empty() || !set.problems.is_empty());
    }
});
