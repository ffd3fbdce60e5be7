//! What pods that the manifests do not hold may exchange with those that they do.

use catseye_netpol::{Direction, Reach};

use crate::fixture::{deployment, inventory, policy};

/// What `web` is exposed to, in one direction.
fn exposure(direction: Direction, policies: &str) -> Vec<String> {
    let text = [
        deployment(
            "shop",
            "web",
            "containers: [{name: a, ports: [{name: http, containerPort: 80}]}]",
        ),
        deployment("shop", "db", "containers: [{name: a}]"),
        policies.to_owned(),
    ]
    .concat();
    let reach = Reach::with_strangers(&inventory(&text));
    let (web, _) = reach
        .workloads()
        .find(|(_, w)| w.name == "web")
        .expect("a workload");
    let exposure = reach.exposure_of(web, direction);
    let mut lines = Vec::new();
    if exposure.unprotected {
        lines.push("unprotected".to_owned());
    }
    for (addresses, ports) in &exposure.addresses {
        lines.push(format!("{addresses}: {ports}"));
    }
    lines.push(format!("anyone: {} {:?}", exposure.anyone, exposure.names));
    for found in &exposure.strangers {
        let known: Vec<&str> = found
            .known
            .iter()
            .map(|id| reach.workload(*id).name.as_str())
            .collect();
        let stranger = reach.stranger(found.stranger);
        lines.push(format!(
            "{stranger}: {} {:?} {known:?}",
            found.ports, found.names
        ));
    }
    lines
}

#[test]
fn without_policies_everything_is_exposed() {
    for direction in [Direction::Ingress, Direction::Egress] {
        assert_eq!(
            exposure(direction, ""),
            ["unprotected", "0.0.0.0/0, ::/0: all", "anyone: all []"]
        );
    }
}

#[test]
fn rules_expose_to_whoever_fits_them() {
    let spec = "{podSelector: {matchLabels: {app: web}}, ingress: [
        {from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: http}]},
        {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ops}}}], ports: [{port: 9}]},
        {from: [{namespaceSelector: {}}], ports: [{port: 7}]}]}";
    assert_eq!(
        exposure(Direction::Ingress, &policy("shop", "in", spec)),
        [
            "anyone: TCP 7 []",
            "pods with app=db in shop: TCP 7,80 [] [\"db\"]",
            "any pod in ops: TCP 7,9 [] []",
        ]
    );
}

#[test]
fn a_broader_rule_holds_for_a_narrower_stranger() {
    let spec = "{podSelector: {matchLabels: {app: web}}, ingress: [
        {from: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [x]}]}}], ports: [{port: 1}]},
        {from: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [x, z]}]}}], ports: [{port: 2}]}]}";
    assert_eq!(
        exposure(Direction::Ingress, &policy("shop", "in", spec)),
        [
            "anyone: none []",
            "pods with role!=x in shop: TCP 1 [] [\"db\", \"web\"]",
            "pods with role notin (x,z) in shop: TCP 1-2 [] [\"db\", \"web\"]",
        ]
    );
}

#[test]
fn names_of_ports_are_told_where_the_destination_decides() {
    let spec = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: dns, protocol: UDP}]}]}";
    assert_eq!(
        exposure(Direction::Egress, &policy("shop", "out", spec)),
        ["anyone: none [\"dns\"]"]
    );
}
