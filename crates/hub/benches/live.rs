//! How long it takes until a change of one object is in the answers of a large cluster.
//!
//! ```sh
//! cargo bench -p catseye-hub --bench live -- 25000
//! ```
//!
//! Time is wall time from a delta to the world that holds its judgement, for a mix of changes. The heavy
//! work that follows in the background (sweep, ways of attack) is measured apart.
#![allow(
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark reads clocks"
)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_model::{Completeness, Delta, DeltaChange, RedactionKey, Value, json};
use jiff::Timestamp;

const PODS_A_DEPLOYMENT: usize = 10;
const DEPLOYMENTS_A_NAMESPACE: usize = 25;
const CHANGES: usize = 400;

fn main() {
    let pods = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(25_000);
    let config = HubConfig {
        cluster: "bench".to_owned(),
        completeness: Completeness::Cluster,
        incidents_a_day: 0,
        redaction_key: RedactionKey::new([1; 32]),
        durability: Durability::Gathered,
        settings: catseye_detect::Settings::default(),
    };
    let hub = Hub::open(config, Clock::told(Timestamp::UNIX_EPOCH)).unwrap();
    let objects = cluster(pods);
    let count = objects.len();
    let started = Instant::now();
    hub.apply(objects.into_iter().map(upsert).collect())
        .unwrap();
    let listed = started.elapsed();
    hub.settle();
    println!(
        "{count} objects, {pods} pods: listed in {:.2} s, judged with ways of attack in {:.2} s, {} findings",
        listed.as_secs_f64(),
        started.elapsed().saturating_sub(listed).as_secs_f64(),
        hub.world().findings()
    );
    let mut took: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let namespaces = pods.div_ceil(PODS_A_DEPLOYMENT * DEPLOYMENTS_A_NAMESPACE);
    for round in 0..CHANGES {
        let namespace = (round * 7919) % namespaces;
        let deployment = (round * 31) % DEPLOYMENTS_A_NAMESPACE;
        let (name, value) = match round % 20 {
            0..=9 => (
                "pod status",
                pod(namespace, deployment, round % PODS_A_DEPLOYMENT, round),
            ),
            10..=14 => (
                "replica added",
                pod(namespace, deployment, 1000 + round, round),
            ),
            15 | 16 => ("deployment image", workload(namespace, deployment, round)),
            17 => ("service", service(namespace, deployment, round)),
            18 => ("role binding", binding(namespace, deployment, round)),
            _ => ("network policy", policy(namespace, round)),
        };
        let started = Instant::now();
        hub.apply(vec![upsert(value)]).unwrap();
        took.entry(name).or_default().push(started.elapsed());
    }
    let mut all: Vec<Duration> = took.values().flatten().copied().collect();
    took.insert("all", std::mem::take(&mut all));
    println!(
        "{:<18} {:>6} {:>9} {:>9} {:>9}",
        "change", "count", "p50 ms", "p99 ms", "max ms"
    );
    for (name, mut times) in took {
        times.sort();
        let at = |share: f64| {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss
            )]
            let place = ((times.len() - 1) as f64 * share).round() as usize;
            times[place].as_secs_f64() * 1000.0
        };
        println!(
            "{name:<18} {:>6} {:>9.1} {:>9.1} {:>9.1}",
            times.len(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
    for (question, ask) in [
        (
            "who can, after",
            Box::new(|| drop(hub.world().rbac())) as Box<dyn Fn()>,
        ),
        ("who reaches, after", Box::new(|| drop(hub.world().reach()))),
        ("sweep and ways", Box::new(|| hub.settle())),
    ] {
        let started = Instant::now();
        ask();
        println!(
            "{question:<18} {:>6} {:>9.1}",
            1,
            started.elapsed().as_secs_f64() * 1000.0
        );
    }
}

fn upsert(value: Value) -> Delta {
    Delta {
        time: Timestamp::UNIX_EPOCH,
        change: DeltaChange::Upsert(value),
    }
}

fn cluster(pods: usize) -> Vec<Value> {
    let mut objects = Vec::new();
    for node in 0..pods.div_ceil(50) {
        objects.push(
            json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("node-{node}")},
            "status": {"nodeInfo": {"kubeletVersion": "v1.36.1"}}}),
        );
    }
    let namespaces = pods.div_ceil(PODS_A_DEPLOYMENT * DEPLOYMENTS_A_NAMESPACE);
    for namespace in 0..namespaces {
        objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": format!("ns-{namespace}")}}));
        objects.push(policy(namespace, 0));
        for deployment in 0..DEPLOYMENTS_A_NAMESPACE {
            objects.push(workload(namespace, deployment, 0));
            objects.push(service(namespace, deployment, 0));
            objects.push(binding(namespace, deployment, 0));
            objects.push(
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
                "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")}}),
            );
            objects.push(
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
                "data": {"config": "a: b"}}),
            );
            objects.push(json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {
                "name": format!("app-{deployment}-1"), "namespace": format!("ns-{namespace}"),
                "uid": format!("rs-{namespace}-{deployment}"),
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "controller": true,
                    "name": format!("app-{deployment}"), "uid": format!("d-{namespace}-{deployment}")}]},
                "spec": {"template": template(deployment, 0)}}));
            for replica in 0..PODS_A_DEPLOYMENT {
                objects.push(pod(namespace, deployment, replica, 0));
            }
        }
    }
    objects
}

fn template(deployment: usize, version: usize) -> Value {
    json!({"metadata": {"labels": {"app": format!("app-{deployment}")}}, "spec": spec(deployment, version, None)})
}

fn spec(deployment: usize, version: usize, node: Option<&str>) -> Value {
    json!({"serviceAccountName": format!("app-{deployment}"), "nodeName": node, "containers": [{
        "name": "main", "image": format!("registry.example/app-{deployment}:{version}"),
        "securityContext": {"privileged": deployment.is_multiple_of(10)},
        "envFrom": [{"configMapRef": {"name": format!("app-{deployment}")}}],
        "resources": {"limits": {"memory": "128Mi"}}, "ports": [{"containerPort": 8080}]}]})
}

fn workload(namespace: usize, deployment: usize, version: usize) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}"),
        "uid": format!("d-{namespace}-{deployment}")},
        "spec": {"replicas": PODS_A_DEPLOYMENT,
            "selector": {"matchLabels": {"app": format!("app-{deployment}")}},
            "template": template(deployment, version)}})
}

fn pod(namespace: usize, deployment: usize, replica: usize, version: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
        "name": format!("app-{deployment}-1-{replica}"), "namespace": format!("ns-{namespace}"),
        "uid": format!("p-{namespace}-{deployment}-{replica}"),
        "labels": {"app": format!("app-{deployment}")},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": true,
            "name": format!("app-{deployment}-1"), "uid": format!("rs-{namespace}-{deployment}")}]},
        "spec": spec(deployment, 0, Some(&format!("node-{}", (namespace * 7 + replica) % 100))),
        "status": {"phase": "Running", "containerStatuses": [{"name": "main", "restartCount": version}]}})
}

fn service(namespace: usize, deployment: usize, version: usize) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
        "spec": {"type": if version % 2 == 1 { "LoadBalancer" } else { "ClusterIP" },
            "selector": {"app": format!("app-{deployment}")},
            "ports": [{"port": 80 + version, "targetPort": 8080}]}})
}

fn binding(namespace: usize, deployment: usize, version: usize) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {
        "name": format!("app-{deployment}"), "namespace": format!("ns-{namespace}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
            "name": if version % 2 == 1 { "admin" } else { "view" }},
        "subjects": [{"kind": "ServiceAccount", "name": format!("app-{deployment}"),
            "namespace": format!("ns-{namespace}")}]})
}

fn policy(namespace: usize, version: usize) -> Value {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {
        "name": "default", "namespace": format!("ns-{namespace}")},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": format!("app-{}", version % 25)}}}]}]}})
}
