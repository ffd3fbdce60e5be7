//! A shop with a web server, a cart and a database, whose flows are told by short lines.

use catseye_event::runtime::{RuntimeEvent, RuntimeIntake};
use catseye_flows::{
    External, FlowMap, Limits, Options, Party, Standing, generate, prove, to_yaml,
};
use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::Reach;

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: cart, image: cart, ports: [{name: http, containerPort: 8080}]}]}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.96.0.20, selector: {app: cart}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: backup, namespace: ops, labels: {app: backup}}
spec: {containers: [{name: backup, image: backup}]}
status: {podIP: 10.244.9.9}
";

const ONLY_WEB: &str = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector: {matchLabels: {app: cart}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}]
";

fn inventory(text: &str) -> Inventory {
    let objects = yaml::documents(text)
        .into_iter()
        .flat_map(|document| Object::read(document.content.expect("valid YAML"), None).0)
        .collect();
    Inventory::new(objects, Completeness::Cluster)
}

fn flow(who: &str, kind: &str, namespace: &str, flow: &str) -> String {
    format!(
        r#"{{"catseye":1,"time":"2026-01-01T00:00:00Z","subject":{{"kind":"container","namespace":"{namespace}","pod":"{who}-0","workload":{{"kind":"{kind}","name":"{who}"}}}},"what":{{"flow":{{"transport":"tcp",{flow}}}}}}}"#
    )
}

fn flows() -> Vec<RuntimeEvent> {
    let lines = [
        flow(
            "web",
            "Deployment",
            "shop",
            r#""direction":"out","peer":"10.96.0.20","port":80,"count":5"#,
        ),
        flow(
            "cart",
            "Deployment",
            "shop",
            r#""direction":"in","peer":"10.244.9.9","port":8080,"count":2"#,
        ),
        flow(
            "cart",
            "Deployment",
            "shop",
            r#""direction":"out","peer":"192.0.2.80","port":443,"names":["api.example"],"count":3"#,
        ),
        flow(
            "cart",
            "Deployment",
            "shop",
            r#""direction":"out","peer":"192.0.2.81","port":443,"names":["api.example"],"count":3"#,
        ),
        flow(
            "web",
            "Deployment",
            "shop",
            r#""direction":"in","peer":"198.51.100.7","port":8080,"count":9"#,
        ),
        flow(
            "web",
            "Deployment",
            "shop",
            r#""direction":"out","peer":"10.244.9.9","port":22,"verdict":"denied","denied":1,"count":1"#,
        ),
    ];
    let mut events = Vec::new();
    let mut intake = RuntimeIntake::new();
    intake.feed(lines.join("\n").as_bytes(), &mut |event| events.push(event));
    intake.finish(&mut |event| events.push(event));
    assert_eq!(intake.tally().unreadable_count(), 0);
    events
}

fn map_of<'i>(inventory: &'i Inventory, reach: &'i Reach) -> FlowMap<'i> {
    let mut map = FlowMap::new(inventory, reach, Limits::default());
    for event in flows() {
        map.observe(&event);
    }
    map
}

#[test]
fn a_service_stands_for_the_pods_behind_it_at_their_port() {
    let inventory = inventory(SHOP);
    let reach = Reach::of(&inventory);
    let map = map_of(&inventory, &reach);
    let edge = map
        .edges()
        .find(|edge| edge.service.is_some())
        .expect("an edge through the Service");
    assert_eq!(edge.to.to_string(), "shop/cart[Deployment]");
    assert_eq!((edge.port, edge.count), (8080, 5));
}

#[test]
fn names_are_one_party_whatever_their_addresses() {
    let inventory = inventory(SHOP);
    let reach = Reach::of(&inventory);
    let map = map_of(&inventory, &reach);
    let edge = map
        .edges()
        .find(|edge| matches!(edge.to, Party::Name(_)))
        .expect("an edge to a name");
    assert_eq!((edge.count, edge.addresses.len()), (6, 2));
}

#[test]
fn what_passes_although_a_policy_refuses_it_is_told() {
    let inventory = inventory(&format!("{SHOP}---{ONLY_WEB}"));
    let reach = Reach::of(&inventory);
    let map = map_of(&inventory, &reach);
    let standing = |from: &str| {
        let judged = map.judged();
        let found = judged.iter().find(|it| {
            it.edge.from.to_string().starts_with(from)
                && it.edge.to.to_string() == "shop/cart[Deployment]"
        });
        found.map(|it| it.standing)
    };
    assert_eq!(standing("shop/web"), Some(Standing::Allowed));
    assert_eq!(standing("ops/backup"), Some(Standing::ObservedButDenied));
}

#[test]
fn generated_policies_break_nothing_that_was_observed_and_close_the_rest() {
    let inventory = inventory(SHOP);
    let reach = Reach::of(&inventory);
    let map = map_of(&inventory, &reach);
    let generated = generate(&map, &Options::default());
    let text: String = generated.policies.iter().map(to_yaml).collect();
    insta::assert_snapshot!("policies", text);
    let proof = prove(&map, &generated.policies);
    assert_eq!((proof.broken_flows(), proof.already_refused), (0, 1));
    assert!(proof.flows >= 20, "{proof:?}");
    let closed = self::inventory(&format!("{SHOP}{text}"));
    let after = Reach::of(&closed);
    let connections = after.connections().len();
    assert!(connections < reach.connections().len());
    let names = &generated.contract.values().next().expect("a contract");
    assert_eq!(names.keys().collect::<Vec<_>>(), ["api.example"]);
}

#[test]
fn a_policy_that_forgets_something_breaks_it_and_says_what() {
    let inventory = inventory(SHOP);
    let reach = Reach::of(&inventory);
    let map = map_of(&inventory, &reach);
    let mut documents = yaml::documents(ONLY_WEB);
    let policy = documents.remove(0).content.expect("valid YAML");
    let proof = prove(&map, &[policy.into()]);
    let broken: Vec<String> = proof
        .broken
        .iter()
        .map(|it| format!("{} => {} ({})", it.edge.from, it.edge.to, it.flows))
        .collect();
    assert_eq!(broken, ["ops/backup[Pod] => shop/cart[Deployment] (2)"]);
}

#[test]
fn exact_addresses_are_named_where_that_is_asked_for() {
    let inventory = inventory(SHOP);
    let reach = Reach::of(&inventory);
    let map = map_of(&inventory, &reach);
    let options = Options {
        workload: Some("cart".to_owned()),
        external: External::Exact,
        ..Options::default()
    };
    let generated = generate(&map, &options);
    let text: String = generated.policies.iter().map(to_yaml).collect();
    assert!(
        text.contains("192.0.2.80/32") && !text.contains("0.0.0.0/0"),
        "{text}"
    );
    assert_eq!(generated.policies.len(), 1);
    assert_eq!(prove(&map, &generated.policies).broken_flows(), 0);
}

const API_SERVER: &str = "
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
spec: {clusterIP: 10.96.0.1, ports: [{name: https, port: 443, protocol: TCP, targetPort: 6443}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.0.0.5}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: gate, namespace: shop}
spec:
  selector: {matchLabels: {app: gate}}
  template: {metadata: {labels: {app: gate}}, spec: {hostNetwork: true, containers: [{name: gate, image: gate}]}}
";

const ENDPOINTS: &str = "
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
addressType: IPv4
ports: [{name: https, port: 6443, protocol: TCP}]
endpoints: [{addresses: [10.0.0.5]}]
";

fn observed<'i>(inventory: &'i Inventory, reach: &'i Reach, lines: &[String]) -> FlowMap<'i> {
    let mut map = FlowMap::new(inventory, reach, Limits::default());
    let mut intake = RuntimeIntake::new();
    intake.feed(lines.join("\n").as_bytes(), &mut |event| {
        map.observe(&event);
    });
    intake.finish(&mut |event| map.observe(&event));
    map
}

#[test]
fn the_api_server_is_where_its_endpoints_are() {
    let lines = [flow(
        "web",
        "Deployment",
        "shop",
        r#""direction":"out","peer":"10.96.0.1","port":443,"count":4"#,
    )];
    let known = inventory(&format!("{SHOP}---{API_SERVER}---{ENDPOINTS}"));
    let reach = Reach::of(&known);
    let map = observed(&known, &reach, &lines);
    let edge = map.edges().next().expect("an edge");
    assert_eq!(
        (edge.to.to_string(), edge.port),
        ("node 10.0.0.5".to_owned(), 6443)
    );
    let generated = generate(&map, &Options::default());
    assert!(to_yaml(&generated.policies[0]).contains("10.0.0.5/32"));
    let proof = prove(&map, &generated.policies);
    assert_eq!((proof.flows, proof.broken_flows()), (4, 0));

    // Without them nothing is claimed of an address that most plugins never see.
    let unknown = inventory(&format!("{SHOP}---{API_SERVER}"));
    let reach = Reach::of(&unknown);
    let map = observed(&unknown, &reach, &lines);
    let proof = prove(&map, &generate(&map, &Options::default()).policies);
    assert_eq!((proof.flows, proof.not_evaluable), (0, 4));
}

#[test]
fn callers_in_the_network_of_the_node_are_let_in_by_address() {
    let lines = [
        r#"{"catseye":1,"time":"2026-01-01T00:00:00Z","subject":{"kind":"container","namespace":"shop","pod":"web-0","workload":{"kind":"Deployment","name":"web"}},"what":{"flow":{"transport":"tcp","direction":"in","peer":"10.0.0.5","port":8080,"count":2,"peer_subject":{"kind":"container","namespace":"shop","pod":"gate-0","workload":{"kind":"DaemonSet","name":"gate"}}}}}"#.to_owned(),
    ];
    let inventory = inventory(&format!("{SHOP}---{API_SERVER}"));
    let reach = Reach::of(&inventory);
    let map = observed(&inventory, &reach, &lines);
    let generated = generate(&map, &Options::default());
    let text = to_yaml(&generated.policies[0]);
    assert!(
        text.contains("10.0.0.5/32") && !text.contains("gate"),
        "{text}"
    );
    assert_eq!(prove(&map, &generated.policies).not_evaluable, 2);
}
