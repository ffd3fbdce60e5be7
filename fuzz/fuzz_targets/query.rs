//! Any text is a query or an error with a column within it, and a query is answered or refused.
#![no_main]

use std::sync::LazyLock;

use catseye_graph::query::{Query, run};
use catseye_graph::{Config, Graph};
use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use libfuzzer_sys::fuzz_target;

const SHOP: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\n\
    spec: {nodeName: n1, containers: [{name: app, image: i, securityContext: {privileged: true}}]}\n";

static INVENTORY: LazyLock<(Inventory, Rbac, Reach)> = LazyLock::new(|| {
    let objects = yaml::documents(SHOP)
        .into_iter()
        .filter_map(|document| document.content.ok())
        .flat_map(|value| Object::read(value, None).0)
        .collect();
    let inventory = Inventory::new(objects, Completeness::Tree);
    let (rbac, reach) = (Rbac::of(&inventory), Reach::of(&inventory));
    (inventory, rbac, reach)
});

static GRAPH: LazyLock<Graph<'static>> = LazyLock::new(|| {
    let (inventory, rbac, reach) = &*INVENTORY;
    Graph::of(inventory, rbac, reach, Config::default())
});

fuzz_target!(|text: &str| {
    match text.parse::<Query>() {
        // Long chains of patterns are refused by a budget; the fuzzer need not wait for it.
        Ok(query) if query.patterns.len() == 1 && query.patterns[0].steps.len() < 3 => {
            if let Ok(answer) = run(&GRAPH, &query) {
                let columns = answer.columns.len();
                assert!(answer.rows.iter().all(|row| row.len() == columns));
            }
        }
        Ok(_) => {}
        Err(error) => assert!(error.column <= text.chars().count() + 1),
    }
});
