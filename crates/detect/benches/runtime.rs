//! Runtime events a second: the bare parse of the lines, the intake, and all rules with incidents, in one
//! run, so that the ratios hold on any machine.
//!
//! `cargo bench -p catseye-detect --bench runtime [FILE]`; without a file the bundled examples, repeated.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark reads a file and the clock, and prints"
)]

use std::time::Instant;

use catseye_detect::baseline::{self, Baseline};
use catseye_detect::incident::{self, Watch};
use catseye_detect::profile::Profiles;
use catseye_detect::runtime::{Config, RuntimeRules};
use catseye_event::runtime::RuntimeIntake;

fn main() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/runtime");
    let named = std::env::args().skip(1).find(|it| !it.starts_with('-'));
    let log = if let Some(file) = named {
        std::fs::read_to_string(file).unwrap()
    } else {
        let ordinary = std::fs::read_to_string(root.join("ordinary.jsonl")).unwrap();
        let attack = std::fs::read_to_string(root.join("attack.jsonl")).unwrap();
        format!("{}{attack}", ordinary.repeat(1000))
    };
    let lines = log.lines().count();
    let parse = timed("bare parse", lines, || {
        for line in log.lines() {
            std::hint::black_box(serde_json::from_str::<serde_json::Value>(line).unwrap());
        }
    });
    let intake = timed("intake", lines, || {
        let mut intake = RuntimeIntake::new();
        intake.feed(log.as_bytes(), &mut |event| {
            std::hint::black_box(event);
        });
    });
    let rules = timed("intake, rules, incidents", lines, || {
        let mut rules = RuntimeRules::new(Config::default());
        let mut watch = Watch::new(
            incident::Config::default(),
            Baseline::new(baseline::Config::default()),
        );
        RuntimeIntake::new().feed(log.as_bytes(), &mut |mut event| {
            rules.prepare(&mut event);
            let detections = rules.observe(&event, None);
            watch.observe_runtime(&event, &detections);
        });
        std::hint::black_box(watch.current());
    });
    let profiles = timed("intake, profiles", lines, || {
        let mut profiles = Profiles::default();
        RuntimeIntake::new().feed(log.as_bytes(), &mut |event| {
            std::hint::black_box(profiles.look(&event));
            profiles.learn(&event);
        });
    });
    println!(
        "of the bare parse's speed: intake {:.2}, rules and incidents {:.2}, profiles {:.2}",
        parse / intake,
        parse / rules,
        parse / profiles
    );
}

/// The best of three, in seconds.
fn timed(what: &str, lines: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what}: {:.0} events/s", lines as f64 / best);
    best
}
