//! How fast a log is judged (rules, baselines, incidents), beside what parsing alone costs on the same
//! bytes in the same run, on one core. Time is that of the processor, so that other programs on the
//! machine disturb little.
//!
//! ```sh
//! cargo bench -p catseye-detect --bench pipeline                  # a generated log
//! zstdcat fixtures/clusters/shop/audit.jsonl.zst > shop.jsonl
//! cargo bench -p catseye-detect --bench pipeline -- shop.jsonl    # a recorded one
//! cargo bench -p catseye-detect --bench pipeline -- --only all    # for a profiler
//! cargo bench -p catseye-detect --bench pipeline -- --stdin < x   # once, with what is then in memory
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark reads files and the clock, and prints"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Read as _;
use std::time::{Duration, SystemTime};

use catseye_detect::audit::{self, Rules};
use catseye_detect::baseline::Baseline;
use catseye_detect::incident::{Config, Watch};
use catseye_event::Event;
use catseye_event::intake::Intake;
use catseye_model::RedactionKey;
use serde_json::Value;

const ROUNDS: usize = 5;

/// A way of reading a log.
type Way = fn(&[u8]);

/// As the read function of a file would give it.
const CHUNK: usize = 256 << 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|it| it == "--stdin") {
        return from_standard_input();
    }
    let only = arguments.iter().position(|it| it == "--only");
    let only = only.and_then(|at| arguments.get(at + 1)).cloned();
    let file = arguments
        .iter()
        .find(|it| !it.starts_with('-') && Some(*it) != only.as_ref());
    let log = match file {
        Some(file) => std::fs::read(file).unwrap(),
        None => generated(40_000).into_bytes(),
    };
    let lines = log.split(|byte| *byte == b'\n').count() - 1;
    println!(
        "{lines} events, {:.1} MB, {} bytes an event, best of {ROUNDS}",
        log.len() as f64 / 1e6,
        log.len() / lines
    );
    let ways: [(&str, Way); 6] = [
        ("serde_json::Value", values),
        ("borrowed events", events),
        ("intake", intake),
        ("intake, rules", rules),
        ("intake, baseline, incidents", watch),
        ("all of it", all),
    ];
    let mut best = [Duration::MAX; 6];
    for _ in 0..ROUNDS {
        for ((name, way), best) in ways.iter().zip(&mut best) {
            if only.as_ref().is_some_and(|only| !name.starts_with(only)) {
                continue;
            }
            let start = processor_time();
            way(&log);
            *best = processor_time().saturating_sub(start).min(*best);
        }
    }
    println!(
        "{:<32} {:>10} {:>7} {:>9} {:>9}",
        "", "events/s", "MB/s", "x Value", "x events"
    );
    for ((name, _), time) in ways.iter().zip(best) {
        let seconds = time.as_secs_f64();
        println!(
            "{name:<32} {:>10.0} {:>7.0} {:>9.2} {:>9.2}",
            lines as f64 / seconds,
            log.len() as f64 / seconds / 1e6,
            best[0].as_secs_f64() / seconds,
            best[1].as_secs_f64() / seconds,
        );
    }
}

/// One pass over a log of any length, and how much is kept after it; `benches/replay.py` feeds it.
fn from_standard_input() {
    let mut rules = Rules::new(audit::Config::default());
    let mut watch = Watch::new(Config::default(), Baseline::default());
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    let mut input = std::io::stdin().lock();
    let mut chunk = vec![0; CHUNK];
    let mut sink = |event: &Event<'_>| {
        let detections = rules.observe(event, None);
        black_box(watch.observe(event, &detections));
    };
    loop {
        let read = input.read(&mut chunk).unwrap();
        if read == 0 {
            break;
        }
        intake.feed(&chunk[..read], &mut sink);
    }
    intake.finish(&mut sink);
    let baseline = watch.baseline();
    println!(
        "{} events, {:.1} s of a processor; {} actors in {:.1} MB of profiles, {} incidents",
        intake.tally().events,
        processor_time().as_secs_f64(),
        baseline.actors(),
        baseline.profile_bytes() as f64 / 1e6,
        watch.current().len(),
    );
}

/// What this thread has had of the processor; where that is not told, the time of day.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told
        .as_deref()
        .and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(
        || SystemTime::UNIX_EPOCH.elapsed().unwrap(),
        Duration::from_nanos,
    )
}

fn values(log: &[u8]) {
    for line in log
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        black_box(serde_json::from_slice::<Value>(line).unwrap());
    }
}

/// The parse alone, without finding out how the log is written.
fn events(log: &[u8]) {
    let key = RedactionKey::new([0; 32]);
    let text = std::str::from_utf8(log).unwrap();
    for line in text.lines().filter(|line| !line.is_empty()) {
        black_box(Event::parse(line, &key).unwrap());
    }
}

fn each(log: &[u8], on_event: &mut dyn FnMut(&Event<'_>)) {
    let mut intake = Intake::new(RedactionKey::new([0; 32]));
    for chunk in log.chunks(CHUNK) {
        intake.feed(chunk, on_event);
    }
    intake.finish(on_event);
}

fn intake(log: &[u8]) {
    each(log, &mut |event| {
        black_box(event);
    });
}

fn rules(log: &[u8]) {
    let mut rules = Rules::new(audit::Config::default());
    each(log, &mut |event| {
        black_box(rules.observe(event, None));
    });
}

fn watch(log: &[u8]) {
    let mut watch = Watch::new(Config::default(), Baseline::default());
    each(log, &mut |event| {
        black_box(watch.observe(event, &[]));
    });
    black_box(watch.finish());
}

fn all(log: &[u8]) {
    let mut rules = Rules::new(audit::Config::default());
    let mut watch = Watch::new(Config::default(), Baseline::default());
    each(log, &mut |event| {
        let detections = rules.observe(event, None);
        black_box(watch.observe(event, &detections));
    });
    black_box(watch.finish());
}

/// Ordinary traffic of a cluster of 40 teams: node status and leases, controllers, service accounts that
/// read, people who look and a delivery that applies, three events in ten with bodies.
fn generated(events: usize) -> String {
    let body = r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"cart","labels":{"app.kubernetes.io/name":"cart","app.kubernetes.io/part-of":"shop"},"annotations":{"deployment.kubernetes.io/revision":"7"}},"spec":{"replicas":3,"selector":{"matchLabels":{"app.kubernetes.io/name":"cart"}},"template":{"metadata":{"labels":{"app.kubernetes.io/name":"cart"}},"spec":{"containers":[{"name":"cart","image":"registry.example.com/shop/cart:1.7","command":["/cart","--port=8080"],"env":[{"name":"LOG_LEVEL","value":"info"}],"resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"128Mi"}},"securityContext":{"runAsNonRoot":true,"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}],"serviceAccountName":"cart"}}},"status":{"observedGeneration":7,"replicas":3,"readyReplicas":3}}"#;
    let mut log = String::new();
    for number in 0..events {
        let team = number / 10 % 40;
        let (user, agent, verb, group, resource, subresource) = match number % 10 {
            0 | 1 => (
                format!("system:node:node-{}", number % 50),
                "kubelet/v1.36.3 (linux/amd64) kubernetes/25dbd9c",
                "patch",
                "",
                "nodes",
                "status",
            ),
            2 => (
                format!("system:node:node-{}", number % 50),
                "kubelet/v1.36.3 (linux/amd64) kubernetes/25dbd9c",
                "update",
                "coordination.k8s.io",
                "leases",
                "",
            ),
            3 => (
                "system:serviceaccount:kube-system:deployment-controller".to_owned(),
                "kube-controller-manager/v1.36.3 (linux/amd64)",
                "update",
                "apps",
                "deployments",
                "status",
            ),
            4 | 5 => (
                format!("system:serviceaccount:team-{team}:cart"),
                "cart/v2.3.1 (linux/amd64) kubernetes/abc",
                "get",
                "",
                "configmaps",
                "",
            ),
            6 => (
                format!("system:serviceaccount:team-{team}:operator"),
                "operator/v1.0.2 (linux/amd64) kubernetes/abc",
                "list",
                "",
                "pods",
                "",
            ),
            7 => (
                format!("user-{}@corp.example", number % 30),
                "kubectl/v1.36.1 (darwin/arm64) kubernetes/697807e",
                "list",
                "apps",
                "deployments",
                "",
            ),
            8 => (
                format!("user-{}@corp.example", number % 30),
                "kubectl/v1.36.1 (darwin/arm64) kubernetes/697807e",
                "get",
                "",
                "pods",
                "log",
            ),
            _ => (
                "system:serviceaccount:argocd:argocd-application-controller".to_owned(),
                "argocd-application-controller/v3.1.0 (linux/amd64)",
                "patch",
                "apps",
                "deployments",
                "",
            ),
        };
        let bodies = if matches!(number % 10, 1 | 3 | 9) {
            format!(r#","requestObject":{body},"responseObject":{body}"#)
        } else {
            String::new()
        };
        let level = if bodies.is_empty() {
            "Metadata"
        } else {
            "RequestResponse"
        };
        let seconds = number / 60;
        let _ = writeln!(
            log,
            r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"{level}","auditID":"{number:08x}-b5bc-4873-aae2-{number:012x}","stage":"ResponseComplete","requestURI":"/apis/{group}/v1/namespaces/team-{team}/{resource}/cart?timeout=10s","verb":"{verb}","user":{{"username":"{user}","uid":"fc839df2-687f-4239-a010-8b4dd51b32fb","groups":["system:serviceaccounts","system:authenticated"],"extra":{{"authentication.kubernetes.io/credential-id":["JTI=4f4f3a50-1d0c-4b8c-9d0e-1c8a7e3a7b11"]}}}},"sourceIPs":["10.42.{}.7"],"userAgent":"{agent}","objectRef":{{"resource":"{resource}","namespace":"team-{team}","name":"cart","apiGroup":"{group}","apiVersion":"v1","subresource":"{subresource}"}},"responseStatus":{{"metadata":{{}},"code":200}}{bodies},"requestReceivedTimestamp":"2026-11-21T{:02}:{:02}:{:02}.000000Z","stageTimestamp":"2026-11-21T{:02}:{:02}:{:02}.001000Z","annotations":{{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \"deployer/team-{team}\" of ClusterRole \"edit\" to ServiceAccount \"deployer/team-{team}\""}}}}"#,
            team % 6,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
        );
    }
    log
}
