//! All pairs with ports, on one core: how long it takes, how it grows, and against a naive evaluator.
//!
//! `cargo bench -p catseye-netpol` prints, for clusters of 1,000 to 100,000 pods, the time to build a
//! [`Reach`] from an Inventory and to visit every source with all its destinations and ports. What is
//! counted is checked against [`naive`] on a small cluster in the same run. Times are processor time of
//! the one thread where the system tells it (Linux), so that a busy machine changes them little.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark reads the clock and prints"
)]

mod cluster;
mod naive;

use std::fs;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use catseye_model::Inventory;
use catseye_netpol::{ClassId, Endpoint, Reach};

use self::cluster::{Shape, cluster};

/// What came of one run.
struct Run {
    built: Duration,
    swept: Duration,
    classes: usize,
    rows: usize,
    /// Pairs of pods, in order, between which some port passes.
    pairs: u64,
    /// Groups of destinations that were visited.
    groups: u64,
}

fn main() {
    // `cargo test` runs benchmarks too, once and small, to see that they work.
    let quick = !std::env::args().any(|argument| argument == "--bench");
    against_naive(if quick { 60 } else { 400 });
    let sizes: &[usize] = if quick {
        &[200]
    } else {
        &[1_000, 3_000, 10_000, 30_000, 100_000]
    };
    for shape in [Shape::Replicas, Shape::Distinct] {
        println!("\n{shape:?}: {}", shape.describe());
        println!(
            "{:>8} {:>8} {:>8} {:>6} {:>10} {:>10} {:>10} {:>14}",
            "pods", "policies", "classes", "rows", "build ms", "sweep ms", "total ms", "pod pairs"
        );
        for pods in sizes {
            let policies = pods / 5;
            let inventory = cluster(shape, *pods, policies);
            let runs = if *pods > 10_000 { 3 } else { 5 };
            let best = (0..runs)
                .map(|_| run(&inventory))
                .min_by_key(|run| run.built + run.swept)
                .unwrap();
            let total = best.built + best.swept;
            println!(
                "{pods:>8} {policies:>8} {:>8} {:>6} {:>10.1} {:>10.1} {:>10.1} {:>14}",
                best.classes,
                best.rows,
                milliseconds(best.built),
                milliseconds(best.swept),
                milliseconds(total),
                best.pairs
            );
            assert!(best.groups > 0, "something was visited");
        }
    }
}

/// How long this thread has been on a processor; where that is not told, how long it has existed.
fn processor_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn run(inventory: &Inventory) -> Run {
    let start = processor_time();
    let reach = Reach::of(inventory);
    let built = processor_time() - start;
    let start = processor_time();
    let sizes: Vec<u64> = reach
        .classes()
        .map(|class| {
            reach
                .members(class)
                .iter()
                .map(|(_, pods)| u64::from(*pods))
                .sum()
        })
        .collect();
    let (mut pairs, mut groups) = (0, 0);
    reach.for_each_source(|source, destinations| {
        groups += destinations.len() as u64;
        if let Endpoint::Class(ClassId(class)) = source {
            let reached: u64 = destinations
                .iter()
                .flat_map(|group| group.classes.iter())
                .map(|class| sizes[class as usize])
                .sum();
            pairs += reached * sizes[class as usize];
        }
    });
    Run {
        built,
        swept: processor_time() - start,
        classes: sizes.len(),
        rows: reach.distinct_rows(),
        pairs,
        groups,
    }
}

/// The same question to a nested loop over pods, policies and rules.
fn against_naive(pods: usize) {
    let inventory = cluster(Shape::Replicas, pods, pods / 5);
    let ours = (0..5)
        .map(|_| run(&inventory))
        .min_by_key(|run| run.built + run.swept)
        .unwrap();
    let start = processor_time();
    let theirs = naive::pairs(&inventory);
    let naive = processor_time() - start;
    assert_eq!(ours.pairs, theirs, "both count the same pairs");
    println!(
        "{pods} pods, {} policies: {:.2} ms against {:.1} ms of a nested loop: {:.0} times",
        pods / 5,
        milliseconds(ours.built + ours.swept),
        milliseconds(naive),
        naive.as_secs_f64() / (ours.built + ours.swept).as_secs_f64()
    );
}
