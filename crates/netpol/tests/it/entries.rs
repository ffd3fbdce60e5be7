//! Ways in, and which of the pods behind them policies open.

use catseye_netpol::Reach;

use crate::fixture::{deployment, inventory, policy};

/// `DOOR ORIGIN: WORKLOAD ports (admitted)` of each way in.
fn entries(text: &str) -> Vec<String> {
    let inventory = inventory(text);
    let reach = Reach::of(&inventory);
    let mut lines = Vec::new();
    for entry in reach.entries(&inventory) {
        for backend in &entry.backends {
            lines.push(format!(
                "{} {:?}: {} {} ({})",
                entry.door.name(),
                entry.origin,
                reach.workload(backend.workload).name,
                backend.ports,
                backend.admitted
            ));
        }
    }
    lines
}

fn web() -> String {
    deployment(
        "shop",
        "web",
        "containers: [{name: web, ports: [{name: http, containerPort: 8080}, {containerPort: 9090}]}]",
    )
}

fn service(kind: &str, more: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: {kind}, selector: {{app: web}}, ports: [{{name: a, port: 80, targetPort: http}}, {{name: b, port: 90, targetPort: 9090}}]{more}}}
"
    )
}

const INGRESS: &str = "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]}
";

#[test]
fn a_service_leads_to_the_ports_of_its_pods() {
    let text = [web(), service("LoadBalancer", "")].concat();
    assert_eq!(
        entries(&text),
        ["LoadBalancer Open: web TCP 8080,9090 (TCP 8080,9090)"]
    );
    assert!(entries(&[web(), service("ClusterIP", "")].concat()).is_empty());
}

#[test]
fn source_ranges_meet_the_blocks_of_policies() {
    let only = |cidr: &str| {
        let spec =
            format!("{{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}");
        policy("shop", "in", &spec)
    };
    let ranges = service("LoadBalancer", ", loadBalancerSourceRanges: [192.0.2.0/24]");
    let inside = [web(), ranges.clone(), only("192.0.2.128/25")].concat();
    assert_eq!(
        entries(&inside),
        ["LoadBalancer Restricted: web TCP 8080,9090 (TCP 8080,9090)"]
    );
    let elsewhere = [web(), ranges, only("198.51.100.0/24")].concat();
    assert_eq!(
        entries(&elsewhere),
        ["LoadBalancer Restricted: web TCP 8080,9090 (none)"]
    );
}

#[test]
fn an_ingress_comes_through_its_controller() {
    let text = [web(), service("ClusterIP", ""), INGRESS.to_owned()].concat();
    assert_eq!(entries(&text), ["Ingress Open: web TCP 8080 (TCP 8080)"]);
    let from_controllers = policy(
        "shop",
        "in",
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}}]}]}",
    );
    let closed = [text, from_controllers].concat();
    assert_eq!(entries(&closed), ["Ingress Open: web TCP 8080 (none)"]);
    let controller = deployment("edge", "ingress-nginx", "containers: [{name: a}]");
    assert_eq!(
        entries(&[closed, controller].concat()),
        ["Ingress Open: web TCP 8080 (TCP 8080)"]
    );
}

#[test]
fn a_route_names_the_port_of_its_service_or_of_the_pods() {
    let route = |port: &str| {
        format!(
            "---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {{name: web, namespace: shop}}
spec: {{to: {{kind: Service, name: web}}, port: {{targetPort: {port}}}}}
"
        )
    };
    for (port, expected) in [
        ("a", "TCP 8080"),
        ("9090", "TCP 9090"),
        ("http", "TCP 8080"),
    ] {
        let text = [web(), service("ClusterIP", ""), route(port)].concat();
        assert_eq!(
            entries(&text),
            [format!("Route Open: web {expected} ({expected})")],
            "{port}"
        );
    }
}

#[test]
fn ports_at_nodes_are_ways_in() {
    let text = [
        deployment(
            "shop",
            "proxy",
            "containers: [{name: a, ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 81}]}]",
        ),
        deployment(
            "shop",
            "agent",
            "hostNetwork: true, containers: [{name: a, ports: [{containerPort: 9100}]}]",
        ),
        policy("shop", "deny", "{podSelector: {}}"),
    ]
    .concat();
    assert_eq!(
        entries(&text),
        [
            "hostPort Open: proxy TCP 80 (none)",
            "hostNetwork Open: agent TCP 9100 (TCP 9100)"
        ]
    );
}
