//! How long the graph of a large cluster takes to build and to solve, and how much memory: clusters of
//! the sizes given (25,000 and 100,000 pods by default), the same for the same seed.
//!
//! ```sh
//! cargo bench -p catseye-graph --bench scale -- 25000 100000
//! ```
//!
//! Time and memory are those of everything after reading: RBAC, network reachability, the graph, reach,
//! cheapest ways and risk; `fix` is the three worst ways and the three first fixes, on top of that. Time is the processor's, in seconds. Memory is what the process holds at most above what it held when all
//! objects were read. Each size runs in a process of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark reads clocks and the process's own memory, and starts itself"
)]

use std::process::Command;
use std::time::Duration;

use catseye_graph::analysis::{Question, analyse};
use catseye_graph::risk::{Entries, risk_of};
use catseye_graph::solve::cheapest::cheapest;
use catseye_graph::solve::reach::reached;
use catseye_graph::topology::Without;
use catseye_graph::{Config, Graph};
use catseye_model::{Completeness, Inventory, Object};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [one, size] = &arguments[..]
        && one == "--one"
    {
        measure(size.parse().unwrap());
        return;
    }
    let mut sizes: Vec<String> = arguments
        .into_iter()
        .filter(|argument| argument.parse::<usize>().is_ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec!["25000".into(), "100000".into()];
    }
    println!("    pods    nodes     arcs   rbac  reach  graph  solve  total    fix  memory");
    for size in sizes {
        let program = std::env::current_exe().unwrap();
        let status = Command::new(program)
            .args(["--one", &size])
            .status()
            .unwrap();
        assert!(status.success(), "the run of {size} pods failed");
    }
}

/// One run, in its own process.
fn measure(pods: usize) {
    let inventory = cluster(pods);
    let before = memory("VmRSS");
    // From here on, the peak is counted anew.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let start = cpu();
    let rbac = Rbac::of(&inventory);
    let after_rbac = cpu() - start;
    let reach = Reach::of(&inventory);
    let after_reach = cpu() - start;
    let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
    let after_graph = cpu() - start;
    let entries = Entries::expected(&graph);
    let none = Without::nothing();
    let held = reached(graph.topology(), &entries.sources, &none).len();
    let ways = cheapest(graph.topology(), &entries.sources, &none);
    let risk = risk_of(&graph, &entries, &none, &ways);
    let total = cpu() - start;
    let ways_to = Question {
        from: None,
        to: None,
        ways: 3,
        fixes: 3,
    };
    let start = cpu();
    let fixes = analyse(&graph, &ways_to, &none).fixes.len();
    let fix = cpu() - start;
    let peak = memory("VmHWM").saturating_sub(before);
    let topology = graph.topology();
    if std::env::var_os("ARCS").is_some() {
        let mut by_kind = std::collections::BTreeMap::new();
        for arc in 0..u32::try_from(topology.arcs().len()).unwrap() {
            let kind = graph.kind(arc).map_or("joints", |kind| kind.id);
            *by_kind.entry(kind).or_insert(0_u32) += 1;
        }
        println!("{by_kind:?}");
    }
    println!(
        "{pods:>8} {:>8} {:>8} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>6.2} {:>4} MB   ({held} reached, risk {}, {fixes} fixes)",
        topology.nodes(),
        topology.arcs().len(),
        after_rbac,
        after_reach - after_rbac,
        after_graph - after_reach,
        total - after_graph,
        total,
        fix,
        peak / 1024,
        risk.score,
    );
}

/// The time that this process has spent computing: other work on the machine does not count.
fn cpu() -> f64 {
    let times = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let first = times
        .split_whitespace()
        .next()
        .and_then(|time| time.parse().ok());
    Duration::from_nanos(first.unwrap_or(0)).as_secs_f64()
}

/// A figure of the process in kilobytes.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or(0)
}

/// A small generator of numbers, the same everywhere (a linear congruence, upper bits).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A cluster: 5 pods a workload, 20 pods a node, 200 pods a namespace; an account for each second
/// workload, roles and bindings for each tenth account, 3 secrets a workload, a Service for each third,
/// of which one in thirty leads in; a policy in each second namespace; one container in forty privileged.
fn cluster(pods: usize) -> Inventory {
    let mut dice = Dice(7);
    let mut objects: Vec<Value> = Vec::new();
    let spaces = (pods / 200).max(1);
    let workloads = (pods / 5).max(1);
    let nodes = (pods / 20).max(1);
    for node in 0..nodes {
        let labels = if node < 3 {
            json!({"node-role.kubernetes.io/control-plane": ""})
        } else {
            json!({})
        };
        objects.push(json!({"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": format!("node-{node}"), "labels": labels},
            "status": {"nodeInfo": {"kubeletVersion": "v1.34.1"}}}));
    }
    for space in 0..spaces {
        let level = ["privileged", "baseline", "restricted"][dice.below(3)];
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": format!("team-{space}"), "labels": {"pod-security.kubernetes.io/enforce": level, "tier": format!("t{}", dice.below(4))}}}));
        if space.is_multiple_of(2) {
            objects.push(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
                "metadata": {"name": "own", "namespace": format!("team-{space}")},
                "spec": {"podSelector": {}, "ingress": [{"from": [
                    {"podSelector": {}},
                    {"namespaceSelector": {"matchLabels": {"tier": format!("t{}", dice.below(4))}}}]}]}}));
        }
    }
    for workload in 0..workloads {
        workload_of(workload, spaces, nodes, &mut dice, &mut objects);
    }
    let objects = objects
        .into_iter()
        .map(|value| Object::new(value, None).unwrap())
        .collect();
    Inventory::new(objects, Completeness::Cluster)
}

fn workload_of(
    workload: usize,
    spaces: usize,
    nodes: usize,
    dice: &mut Dice,
    objects: &mut Vec<Value>,
) {
    let space = format!("team-{}", workload % spaces);
    let name = format!("app-{workload}");
    let account = if workload.is_multiple_of(2) {
        name.clone()
    } else {
        "default".to_owned()
    };
    if workload.is_multiple_of(2) {
        objects.push(json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": account, "namespace": space}}));
    }
    let privileged = dice.below(40) == 0;
    let template = json!({"metadata": {"labels": {"app": name, "role": format!("r{}", dice.below(5))}},
        "spec": {"serviceAccountName": account, "containers": [{"name": "app",
            "image": "registry.example.com/app:1", "ports": [{"containerPort": 8080}],
            "securityContext": {"privileged": privileged},
            "envFrom": [{"secretRef": {"name": format!("{name}-0")}}]}]}});
    objects.push(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name, "namespace": space, "uid": name},
        "spec": {"template": template}}));
    for replica in 0..5 {
        let mut pod = template.clone();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        pod["metadata"]["name"] = json!(format!("{name}-{replica}"));
        pod["metadata"]["namespace"] = json!(space);
        pod["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "name": name, "uid": name, "controller": true}]);
        pod["spec"]["nodeName"] = json!(format!(
            "node-{}",
            3 + dice.below(nodes.saturating_sub(3).max(1))
        ));
        objects.push(pod);
    }
    for secret in 0..3 {
        objects.push(json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": format!("{name}-{secret}"), "namespace": space}}));
    }
    if workload.is_multiple_of(3) {
        let kind = if dice.below(30) == 0 {
            "LoadBalancer"
        } else {
            "ClusterIP"
        };
        objects.push(json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": space},
            "spec": {"type": kind, "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}}));
    }
    if workload.is_multiple_of(20) {
        power(workload, &space, &account, dice, objects);
    }
}

/// A role with a dangerous rule and its binding: every second one for the whole cluster.
fn power(workload: usize, space: &str, account: &str, dice: &mut Dice, objects: &mut Vec<Value>) {
    const RULES: [(&str, &str, &str); 6] = [
        ("", "pods/exec", "create"),
        ("", "secrets", "list"),
        ("", "pods", "create"),
        ("apps", "deployments", "patch"),
        ("", "configmaps", "get"),
        ("", "nodes/proxy", "get"),
    ];
    let (group, resource, verb) = RULES[dice.below(RULES.len())];
    let whole = dice.below(2) == 0;
    let kind = if whole { "ClusterRole" } else { "Role" };
    let name = format!("power-{workload}");
    let api = "rbac.authorization.k8s.io/v1";
    let mut role = json!({"apiVersion": api, "kind": kind, "metadata": {"name": name},
        "rules": [{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]});
    let mut binding = json!({"apiVersion": api, "kind": format!("{kind}Binding"),
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": space}]});
    if !whole {
        role["metadata"]["namespace"] = json!(space);
        binding["metadata"]["namespace"] = json!(space);
    }
    objects.extend([role, binding]);
}
