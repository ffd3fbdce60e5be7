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

mod cluster;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use catseye_hub::{Clock, Durability, Hub, HubConfig};
use catseye_model::{Completeness, RedactionKey};
use jiff::Timestamp;

use cluster::{
    DEPLOYMENTS_A_NAMESPACE, PODS_A_DEPLOYMENT, binding, cluster, listed, pod, policy, service,
    upsert, workload,
};

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
    hub.apply(listed(objects)).unwrap();
    hub.lists_are_in();
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
