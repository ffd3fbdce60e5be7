//! The attack graph takes every input: it is built and solved, and a fix never makes things worse.
#![no_main]

use catseye_graph::analysis::{Question, analyse};
use catseye_graph::risk::{Entries, risk};
use catseye_graph::topology::Without;
use catseye_graph::{Config, Graph};
use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut objects = Vec::new();
    for document in yaml::documents(text) {
        if let Ok(value) = document.content {
            objects.extend(Object::read(value, None).0);
        }
    }
    let inventory = Inventory::new(objects, Completeness::Tree);
    let (rbac, reach) = (Rbac::of(&inventory), Reach::of(&inventory));
    let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
    for (number, _) in graph.nodes() {
        assert!(!graph.name(number).is_empty());
    }
    let entries = Entries::expected(&graph);
    let before = risk(&graph, &entries, &Without::nothing());
    for fix in 0..graph.fixes().min(8) {
        let after = risk(&graph, &entries, &Without::fix(fix));
        assert!(after.score <= before.score);
    }
    let question = Question {
        from: None,
        to: None,
        ways: 2,
        fixes: 1,
    };
    let analysis = analyse(&graph, &question, &Without::nothing());
    assert_eq!(analysis.risk.score, before.score);
    for way in &analysis.ways {
        for step in &way.steps {
            assert!(!graph.sentence(step).is_empty());
        }
    }
});
