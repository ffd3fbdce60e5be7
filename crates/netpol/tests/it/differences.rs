//! What changed between two states.

use catseye_netpol::{Difference, Reach};

use crate::fixture::{deployment, inventory, policy};

fn difference(before: &str, after: &str) -> Vec<String> {
    let before = Reach::of(&inventory(before));
    let after = Reach::of(&inventory(after));
    let found = Difference::between(&before, &after);
    let mut lines: Vec<String> = Vec::new();
    for change in &found.changes {
        lines.push(format!(
            "{} => {} : {} -> {}",
            change.source, change.destination, change.before, change.after
        ));
    }
    lines.extend(found.removed.iter().map(|name| format!("removed {name}")));
    lines.extend(found.added.iter().map(|name| format!("added {name}")));
    lines
}

#[test]
fn equal_states_do_not_differ() {
    let text = deployment("shop", "web", "containers: []");
    assert_eq!(difference(&text, &text), Vec::<String>::new());
}

#[test]
fn a_new_policy_takes_away() {
    let pods = [
        deployment("shop", "web", "containers: []"),
        deployment("shop", "db", "containers: []"),
    ]
    .concat();
    let spec = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}";
    let after = [pods.clone(), policy("shop", "in", spec)].concat();
    assert_eq!(
        difference(&pods, &after),
        [
            "0.0.0.0-9.255.255.255, 11.0.0.0-255.255.255.255, ::/0 => shop/db[Deployment] : all -> none",
            "shop/web[Deployment] => shop/db[Deployment] : all -> TCP 5432",
        ]
    );
}

#[test]
fn workloads_come_and_go() {
    let one = deployment("shop", "web", "containers: []");
    let two = [one.clone(), deployment("shop", "db", "containers: []")].concat();
    let found = difference(&two, &one);
    assert!(
        found.contains(&"removed shop/db[Deployment]".to_owned()),
        "{found:#?}"
    );
    let everywhere = "shop/db[Deployment] => 0.0.0.0/0, ::/0 : all -> none";
    assert!(found.contains(&everywhere.to_owned()), "{found:#?}");
}
