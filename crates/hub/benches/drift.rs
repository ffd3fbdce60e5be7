//! What it costs to hold every change to what is desired: the time that drift takes of each change.
//!
//! ```sh
//! cargo bench -p catseye-hub --bench drift -- 25000
//! ```
//!
//! Every workload, Service and policy of the cluster is desired as it is at first. Changes are the ordinary
//! mix: most are the status of pods, some are other images, which are drift.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark reads clocks"
)]

mod cluster;

use std::time::{Duration, Instant};

use catseye_drift::{DesiredState, Source};
use catseye_hub::{Clock, DriftRules, Durability, Hub, HubConfig};
use catseye_model::{Completeness, Object, RedactionKey};
use jiff::{SignedDuration, Timestamp};

use cluster::{
    DEPLOYMENTS_A_NAMESPACE, PODS_A_DEPLOYMENT, cluster, listed, pod, service, upsert, workload,
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
    let clock = Clock::told(Timestamp::UNIX_EPOCH);
    let hub = Hub::open(config, clock.clone()).unwrap();
    let objects = cluster(pods);
    let mut desired = DesiredState::default();
    for value in &objects {
        let object = Object::new(value.clone(), None).unwrap();
        if !matches!(object.kind_name(), "Pod" | "ReplicaSet" | "Node") {
            desired.add(object, Source::File("cluster.yaml:1".to_owned()));
        }
    }
    println!("{} objects, {} desired", objects.len(), desired.len());
    hub.apply(listed(objects)).unwrap();
    hub.lists_are_in();
    hub.settle();
    hub.watch_drift(DriftRules {
        last_applied: true,
        inventories: true,
        ..DriftRules::default()
    });
    hub.desire("folders", desired, None);
    let started = Instant::now();
    hub.compare_drift();
    println!(
        "all compared in {:.2} s, {} drifts",
        started.elapsed().as_secs_f64(),
        hub.drifts().len()
    );
    let namespaces = pods.div_ceil(PODS_A_DEPLOYMENT * DEPLOYMENTS_A_NAMESPACE);
    let spent = || {
        let stats = hub.stats();
        let stage = stats.stages.iter().find(|stage| stage.name == "drift");
        stage.map_or(0.0, |stage| stage.seconds)
    };
    let before = spent();
    let mut whole = Duration::ZERO;
    for round in 0..CHANGES {
        let namespace = (round * 7919) % namespaces;
        let deployment = (round * 31) % DEPLOYMENTS_A_NAMESPACE;
        let value = match round % 20 {
            0..=9 => pod(namespace, deployment, round % PODS_A_DEPLOYMENT, round),
            10..=15 => pod(namespace, deployment, 1000 + round, round),
            16..=18 => workload(namespace, deployment, round),
            _ => service(namespace, deployment, round),
        };
        let started = Instant::now();
        hub.apply(vec![upsert(value)]).unwrap();
        clock.set(clock.now() + SignedDuration::from_secs(11));
        hub.tick();
        whole += started.elapsed();
    }
    let spent = spent() - before;
    #[allow(clippy::cast_precision_loss)]
    let each = spent * 1000.0 / CHANGES as f64;
    println!(
        "{CHANGES} changes, {} drifts: drift takes {each:.2} ms of each; at 10 a second {:.2} % of a core \
         (all that a change costs: {:.2} ms)",
        hub.drifts().len(),
        each,
        whole.as_secs_f64() * 1000.0 / CHANGES as f64,
    );
}
