//! Random clusters: few labels, namespaces, ports and blocks, so that rules meet each other.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// The objects of a cluster: namespaces, pods, nodes and policies of every kind.
pub(super) fn objects() -> impl Strategy<Value = Vec<Value>> {
    let namespaces = proptest::collection::vec(labels(), 2..4);
    let pods = proptest::collection::vec(pod(), 1..6);
    let policies = proptest::collection::vec(network_policy(), 0..4);
    let admins = proptest::collection::vec(admin_policy(), 0..3);
    let baseline = proptest::option::of(baseline());
    (namespaces, pods, policies, admins, baseline).prop_map(
        |(namespaces, pods, policies, admins, baseline)| {
            // The last namespace has no object: pods mention it only.
            let mut objects: Vec<Value> = namespaces
                .into_iter()
                .zip(["n0", "n1"])
                .map(|(labels, name)| {
                    json!({"apiVersion": "v1", "kind": "Namespace",
                        "metadata": {"name": name, "labels": labels}})
                })
                .collect();
            objects.push(json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": "node", "labels": {"a": "x"}},
                "status": {"addresses": [{"type": "InternalIP", "address": "10.1.3.1"}]}}));
            let named = |list: Vec<Value>, prefix: &str, objects: &mut Vec<Value>| {
                for (number, mut object) in list.into_iter().enumerate() {
                    object["metadata"]["name"] = Value::from(format!("{prefix}{number}"));
                    objects.push(object);
                }
            };
            named(pods, "pod", &mut objects);
            named(policies, "policy", &mut objects);
            named(admins, "admin", &mut objects);
            named(baseline.into_iter().collect(), "default", &mut objects);
            objects
        },
    )
}

fn value() -> impl Strategy<Value = &'static str> {
    select(vec!["x", "z"])
}

fn labels() -> impl Strategy<Value = Value> {
    (proptest::option::of(value()), proptest::option::of(value())).prop_map(|(a, b)| {
        let mut labels = serde_json::Map::new();
        if let Some(a) = a {
            labels.insert("a".to_owned(), Value::from(a));
        }
        if let Some(b) = b {
            labels.insert("b".to_owned(), Value::from(b));
        }
        Value::Object(labels)
    })
}

fn selector() -> impl Strategy<Value = Value> {
    let key = || select(vec!["a", "b", "c"]);
    prop_oneof![
        3 => Just(json!({})),
        3 => labels().prop_map(|labels| json!({"matchLabels": labels})),
        1 => (key(), value()).prop_map(|(key, value)| json!({"matchExpressions": [
            {"key": key, "operator": "In", "values": [value, "w"]}]})),
        1 => (key(), value()).prop_map(|(key, value)| json!({"matchExpressions": [
            {"key": key, "operator": "NotIn", "values": [value]}]})),
        1 => key().prop_map(|key| json!({"matchExpressions": [{"key": key, "operator": "Exists"}]})),
        1 => key().prop_map(|key| json!({"matchExpressions": [
            {"key": key, "operator": "DoesNotExist"}]})),
    ]
}

fn namespace_selector() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => selector(),
        1 => select(vec!["n0", "n1", "n2"]).prop_map(|name| json!({"matchLabels":
            {"kubernetes.io/metadata.name": name}})),
    ]
}

fn pod() -> impl Strategy<Value = Value> {
    let namespace = select(vec!["n0", "n1", "n2"]);
    let port = proptest::option::of((select(vec![80, 90]), select(vec!["TCP", "UDP"])));
    let host = prop_oneof![8 => Just(false), 1 => Just(true)];
    let placed = any::<bool>();
    (namespace, labels(), port, host, placed).prop_map(|(namespace, labels, port, host, placed)| {
        let ports: Vec<Value> = port
            .into_iter()
            .map(|(number, protocol)| {
                json!({"name": "web", "containerPort": number, "protocol": protocol})
            })
            .collect();
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": namespace, "labels": labels},
            "spec": {"hostNetwork": host, "containers": [{"name": "a", "ports": ports}]}});
        if placed {
            pod["spec"]["nodeName"] = Value::from("node");
        }
        pod
    })
}

fn cidr() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(vec![
            "10.0.0.0/8",
            "10.1.0.0/16",
            "0.0.0.0/0",
            "::/0",
            "2001:db8::/32"
        ])
        .prop_map(|cidr| json!({"cidr": cidr})),
        Just(json!({"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]})),
        Just(json!({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.0.2.0/24"]})),
        Just(json!({"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]})),
    ]
}

fn protocol() -> impl Strategy<Value = &'static str> {
    select(vec!["TCP", "UDP", "SCTP"])
}

fn network_policy() -> impl Strategy<Value = Value> {
    let peer = prop_oneof![
        selector().prop_map(|pods| json!({"podSelector": pods})),
        namespace_selector().prop_map(|namespaces| json!({"namespaceSelector": namespaces})),
        (namespace_selector(), selector()).prop_map(|(namespaces, pods)| json!({
            "namespaceSelector": namespaces, "podSelector": pods})),
        cidr().prop_map(|block| json!({"ipBlock": block})),
    ];
    let port = prop_oneof![
        protocol().prop_map(|protocol| json!({"protocol": protocol})),
        Just(json!({"port": 80})),
        protocol().prop_map(|protocol| json!({"protocol": protocol, "port": 80, "endPort": 90})),
        protocol().prop_map(|protocol| json!({"protocol": protocol, "port": "web"})),
    ];
    let rule = (
        proptest::collection::vec(peer, 0..3),
        proptest::collection::vec(port, 0..3),
    );
    let rules = proptest::collection::vec(rule, 0..3);
    let types = select(vec![
        Value::Null,
        json!([]),
        json!(["Ingress"]),
        json!(["Egress"]),
        json!(["Egress", "Ingress"]),
    ]);
    let namespace = select(vec!["n0", "n1", "n2"]);
    (namespace, selector(), types, rules.clone(), rules).prop_map(
        |(namespace, pods, types, ingress, egress)| {
            let rules = |rules: Vec<(Vec<Value>, Vec<Value>)>, field: &str| {
                let rules = rules
                    .into_iter()
                    .map(|(peers, ports)| json!({field: peers, "ports": ports}));
                rules.collect::<Vec<Value>>()
            };
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"namespace": namespace},
                "spec": {"podSelector": pods, "policyTypes": types,
                    "ingress": rules(ingress, "from"), "egress": rules(egress, "to")}})
        },
    )
}

fn admin_peer() -> impl Strategy<Value = Value> {
    prop_oneof![
        namespace_selector().prop_map(|namespaces| json!({"namespaces": namespaces})),
        (namespace_selector(), selector()).prop_map(|(namespaces, pods)| json!({"pods": {
            "namespaceSelector": namespaces, "podSelector": pods}})),
    ]
}

fn egress_peer() -> impl Strategy<Value = Value> {
    let networks = select(vec![
        "10.0.0.0/8",
        "10.1.0.0/16",
        "0.0.0.0/0",
        "::/0",
        "2001:db8::/32",
    ]);
    prop_oneof![
        3 => admin_peer(),
        1 => proptest::collection::vec(networks, 1..3)
            .prop_map(|networks| json!({"networks": networks})),
        1 => selector().prop_map(|nodes| json!({"nodes": nodes})),
    ]
}

type AdminRule = (&'static str, Vec<Value>, Vec<Value>);

fn admin_rules(
    actions: Vec<&'static str>,
    peer: impl Strategy<Value = Value>,
    port: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Vec<AdminRule>> {
    let rule = (
        select(actions),
        proptest::collection::vec(peer, 1..3),
        proptest::collection::vec(port, 0..3),
    );
    proptest::collection::vec(rule, 0..3)
}

fn written(rules: Vec<AdminRule>, peers_field: &str, ports_field: &str) -> Vec<Value> {
    rules
        .into_iter()
        .map(|(action, peers, ports)| {
            json!({"action": action, peers_field: peers, ports_field: ports})
        })
        .collect()
}

/// A port of v1alpha1.
fn old_port() -> impl Strategy<Value = Value> {
    prop_oneof![
        protocol().prop_map(|protocol| json!({"portNumber": {"protocol": protocol, "port": 80}})),
        protocol().prop_map(|protocol| json!({"portRange":
            {"protocol": protocol, "start": 80, "end": 90}})),
        Just(json!({"namedPort": "web"})),
    ]
}

/// A port of v1alpha2.
fn new_port() -> impl Strategy<Value = Value> {
    let field = || select(vec!["tcp", "udp", "sctp"]);
    prop_oneof![
        field().prop_map(|field| json!({field: {"destinationPort": {"number": 80}}})),
        field().prop_map(|field| json!({field: {"destinationPort":
            {"range": {"start": 80, "end": 90}}}})),
        Just(json!({"destinationNamedPort": "web"})),
    ]
}

fn admin_policy() -> impl Strategy<Value = Value> {
    let old = || vec!["Allow", "Deny", "Pass"];
    let new = || vec!["Accept", "Deny", "Pass"];
    let first = (
        0..3,
        admin_peer(),
        admin_rules(old(), admin_peer(), old_port()),
        admin_rules(old(), egress_peer(), old_port()),
    );
    let second = (
        0..3,
        admin_peer(),
        select(vec!["Admin", "Baseline"]),
        admin_rules(new(), admin_peer(), new_port()),
        admin_rules(new(), egress_peer(), new_port()),
    );
    prop_oneof![
        first.prop_map(|(priority, subject, ingress, egress)| {
            json!({"apiVersion": "policy.networking.k8s.io/v1alpha1", "kind": "AdminNetworkPolicy",
                "metadata": {}, "spec": {"priority": priority, "subject": subject,
                    "ingress": written(ingress, "from", "ports"),
                    "egress": written(egress, "to", "ports")}})
        }),
        second.prop_map(|(priority, subject, tier, ingress, egress)| {
            json!({"apiVersion": "policy.networking.k8s.io/v1alpha2", "kind": "ClusterNetworkPolicy",
                "metadata": {}, "spec": {"priority": priority, "tier": tier, "subject": subject,
                    "ingress": written(ingress, "from", "protocols"),
                    "egress": written(egress, "to", "protocols")}})
        }),
    ]
}

fn baseline() -> impl Strategy<Value = Value> {
    let actions = || vec!["Allow", "Deny"];
    (
        admin_peer(),
        admin_rules(actions(), admin_peer(), old_port()),
        admin_rules(actions(), egress_peer(), old_port()),
    )
        .prop_map(|(subject, ingress, egress)| {
            json!({"apiVersion": "policy.networking.k8s.io/v1alpha1",
                "kind": "BaselineAdminNetworkPolicy", "metadata": {},
                "spec": {"subject": subject,
                    "ingress": written(ingress, "from", "ports"),
                    "egress": written(egress, "to", "ports")}})
        })
}
