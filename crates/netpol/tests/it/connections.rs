//! What pods can send each other, policy by policy.

use catseye_netpol::Reach;

use crate::fixture::{deployment, inventory, lines, policy};

/// The connections between three pods of two namespaces, and addresses.
fn connections(policies: &str) -> Vec<String> {
    let text = [
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ops, labels: {team: ops}}\n",
        &deployment(
            "shop",
            "web",
            "containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]",
        ),
        &deployment(
            "shop",
            "db",
            "containers: [{name: db, ports: [{name: http, containerPort: 9000}]}]",
        ),
        &deployment("ops", "agent", "containers: [{name: agent}]"),
        policies,
    ]
    .concat();
    lines(&Reach::of(&inventory(&text)))
}

const EVERYWHERE: &str = "0.0.0.0/0, ::/0";

/// The lines that are not "all".
fn restricted(policies: &str) -> Vec<String> {
    let mut found = connections(policies);
    found.retain(|line| !line.ends_with(": all"));
    found
}

#[test]
fn without_policies_everybody_reaches_everybody() {
    let found = connections("");
    assert_eq!(found.len(), 6 + 3 + 3, "{found:#?}");
    assert!(found.iter().all(|line| line.ends_with(": all")));
}

#[test]
fn a_policy_without_rules_stops_what_comes_in() {
    let found = connections(&policy("shop", "deny", "{podSelector: {}}"));
    assert_eq!(
        found,
        [
            format!("{EVERYWHERE} => ops/agent : all"),
            format!("ops/agent => {EVERYWHERE} : all"),
            format!("shop/db => {EVERYWHERE} : all"),
            "shop/db => ops/agent : all".to_owned(),
            format!("shop/web => {EVERYWHERE} : all"),
            "shop/web => ops/agent : all".to_owned(),
        ]
    );
}

#[test]
fn named_ports_are_those_of_the_destination() {
    let ingress = policy(
        "shop",
        "in",
        "{podSelector: {}, ingress: [{ports: [{port: http}]}]}",
    );
    assert_eq!(
        restricted(&ingress),
        [
            format!("{EVERYWHERE} => shop/db : TCP 9000"),
            format!("{EVERYWHERE} => shop/web : TCP 8080"),
            "ops/agent => shop/db : TCP 9000".to_owned(),
            "ops/agent => shop/web : TCP 8080".to_owned(),
            "shop/db => shop/web : TCP 8080".to_owned(),
            "shop/web => shop/db : TCP 9000".to_owned(),
        ]
    );
    let egress = policy(
        "ops",
        "out",
        "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}, {port: 53, protocol: UDP}]}]}",
    );
    assert_eq!(
        restricted(&egress),
        [
            format!("ops/agent => {EVERYWHERE} : UDP 53"),
            "ops/agent => shop/db : TCP 9000, UDP 53".to_owned(),
            "ops/agent => shop/web : TCP 8080, UDP 53".to_owned(),
        ]
    );
}

#[test]
fn a_name_means_a_port_of_its_protocol_only() {
    let udp = "{podSelector: {}, ingress: [{ports: [{port: http, protocol: UDP}]}]}";
    let found = connections(&policy("shop", "in", udp));
    assert!(
        !found.iter().any(|line| line.contains("=> shop/")),
        "{found:#?}"
    );
}

#[test]
fn every_namespace_has_the_label_of_its_name() {
    let spec = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}], ports: [{port: 1, endPort: 9}]}]}";
    let found = connections(&policy("shop", "in", spec));
    let to_db: Vec<&String> = found
        .iter()
        .filter(|line| line.contains("=> shop/db"))
        .collect();
    assert_eq!(to_db, ["shop/web => shop/db : TCP 1-9"]);
}

#[test]
fn blocks_cut_addresses_and_leave_pods_out() {
    let spec = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {ipBlock: {cidr: '2001:db8::/32'}}]}]}";
    let found = connections(&policy("shop", "out", spec));
    let from_web: Vec<&String> = found
        .iter()
        .filter(|line| line.starts_with("shop/web"))
        .collect();
    assert_eq!(
        from_web,
        ["shop/web => 10.0.0.0/16, 10.2.0.0-10.255.255.255, 2001:db8::/32 : all"]
    );
}
