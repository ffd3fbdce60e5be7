//! Clusters of any size: the same seed, the same cluster.

use catseye_model::{Completeness, Inventory, Object};
use serde_json::{Value, json};

/// What the pods of a cluster have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Four replicas of each application, as clusters are.
    Replicas,
    /// Every pod with a label of its own that policies name: nothing can be grouped.
    Distinct,
}

impl Shape {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Shape::Replicas => "four pods of each application, 100 pods a namespace",
            Shape::Distinct => "every pod a class of its own, 100 pods a namespace",
        }
    }
}

/// A small generator of random numbers (`xorshift64*`), so that runs repeat everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % bound
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

const PORTS: [u16; 20] = [
    22, 53, 80, 443, 1433, 2379, 3000, 3306, 4317, 5000, 5432, 5672, 6379, 8000, 8080, 8443, 9000,
    9090, 9092, 27017,
];

/// A cluster of so many pods and policies.
pub(crate) fn cluster(shape: Shape, pods: usize, policies: usize) -> Inventory {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    let namespaces = pods.div_ceil(100);
    let replicas = match shape {
        Shape::Replicas => 4,
        Shape::Distinct => 1,
    };
    let app = |pod: usize| format!("app-{}", pod / replicas);
    let mut objects: Vec<Value> = (0..namespaces)
        .map(|number| {
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": format!("ns-{number}"), "labels": {"team": format!("team-{}", number % 7)}}})
        })
        .collect();
    for pod in 0..pods {
        // Replicas share everything but their own hash.
        let group = pod / replicas;
        let tier = ["web", "api", "db", "job"][group % 4];
        let port = PORTS[group * 7 % PORTS.len()];
        objects.push(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("pod-{pod}"), "namespace": format!("ns-{}", pod / 100),
                "labels": {"app": app(pod), "tier": tier, "pod-template-hash": format!("{pod:x}")}},
            "spec": {"containers": [{"name": "main", "image": "registry.example/app:1",
                "ports": [{"name": "http", "containerPort": port}]}]}}));
    }
    for policy in 0..policies {
        let subject = random.below(pods);
        let ingress: Vec<Value> = (0..=random.below(3))
            .map(|_| rule(&mut random, "from", subject, pods, &app))
            .collect();
        let egress: Vec<Value> = (0..random.below(3))
            .map(|_| rule(&mut random, "to", subject, pods, &app))
            .collect();
        objects.push(json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": format!("policy-{policy}"), "namespace": format!("ns-{}", subject / 100)},
            "spec": {"podSelector": {"matchLabels": {"app": app(subject)}},
                "ingress": ingress, "egress": egress}}));
    }
    let objects = objects
        .into_iter()
        .map(|value| Object::new(value, None).unwrap());
    Inventory::new(objects.collect(), Completeness::Cluster)
}

fn rule(
    random: &mut Random,
    field: &str,
    subject: usize,
    pods: usize,
    app: &dyn Fn(usize) -> String,
) -> Value {
    let near = (subject / 100 * 100 + random.below(100)).min(pods - 1);
    let far = random.below(pods);
    let peer = match random.below(8) {
        0..=3 => json!({"podSelector": {"matchLabels": {"app": app(near)}}}),
        4 => json!({"podSelector": {"matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["web", "api"]}]}}),
        5 => json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name":
            format!("ns-{}", far / 100)}}, "podSelector": {"matchLabels": {"app": app(far)}}}),
        6 => {
            json!({"namespaceSelector": {"matchLabels": {"team": format!("team-{}", random.below(7))}}})
        }
        _ => json!({"ipBlock": {"cidr": format!("10.{}.0.0/16", random.below(64)),
            "except": [format!("10.{}.3.0/24", random.below(64))]}}),
    };
    let port = *random.one_of(&PORTS);
    let ports = match random.below(6) {
        0 => json!([]),
        1 => json!([{"port": "http"}]),
        2 => json!([{"port": port, "endPort": port + 9}]),
        3 => json!([{"port": port}, {"port": 53, "protocol": "UDP"}]),
        _ => json!([{"port": port}]),
    };
    json!({field: [peer], "ports": ports})
}
