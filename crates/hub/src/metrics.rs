//! `/metrics` in the text form of Prometheus, and the counters of the edge behind it.
//!
//! Names follow the conventions: the prefix `catseye_`, base units (seconds, bytes), `_total` on counters.
//! Labels have few values: operations, status classes, stages; never a name from the cluster.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;

use crate::edge::Edge;

/// Upper bounds of the histogram of answers, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Counters of the edge.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    answers: Mutex<BTreeMap<(&'static str, u16), Answers>>,
    streams: AtomicUsize,
    refused_logins: AtomicU64,
    pub(crate) connections: AtomicUsize,
    pub(crate) refused_connections: AtomicU64,
    pub(crate) failed_handshakes: AtomicU64,
}

#[derive(Debug, Default, Clone)]
struct Answers {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Metrics {
    /// An operation was answered.
    pub(crate) fn answered(&self, operation: &'static str, status: StatusCode, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let known = answers.entry((operation, status.as_u16())).or_default();
        known.count += 1;
        known.seconds += seconds;
        for (bucket, bound) in known.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    /// Streams opened or closed; how many are open afterwards.
    pub(crate) fn streams(&self, change: isize) -> usize {
        let amount = change.unsigned_abs();
        if change < 0 {
            self.streams.fetch_sub(amount, Ordering::Relaxed) - amount
        } else {
            self.streams.fetch_add(amount, Ordering::Relaxed) + amount
        }
    }

    /// Somebody had no good token.
    pub(crate) fn refused_login(&self) {
        self.refused_logins.fetch_add(1, Ordering::Relaxed);
    }
}

/// A page being written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string never fails.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.family(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }
}

impl Page {
    fn alerts(&mut self, sinks: &[crate::alert::SinkState]) {
        if sinks.is_empty() {
            return;
        }
        self.family(
            "catseye_alerts_total",
            "counter",
            "Alerts by receiver and what became of them.",
        );
        for sink in sinks {
            let counts = sink.counts;
            for (outcome, count) in [
                ("delivered", counts.delivered),
                ("passed_over", counts.passed_over),
                ("held_back", counts.held_back),
                ("retried", counts.retried),
                ("dead", counts.dead),
                ("pushed_out", counts.pushed_out),
            ] {
                let _ = writeln!(
                    self.0,
                    "catseye_alerts_total{{sink=\"{}\",outcome=\"{outcome}\"}} {count}",
                    label(&sink.name),
                );
            }
        }
    }
}

/// A label's value; only words of our own come here, but nothing may break the form.
fn label(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
fn admission(page: &mut Page, figures: &crate::admit::Figures) {
    page.family(
        "catseye_admission_requests_total",
        "counter",
        "Admission requests by what became of them.",
    );
    for (outcome, count) in [
        ("allowed", figures.allowed),
        ("denied", figures.denied),
        ("warned", figures.warned),
        ("audited", figures.audited),
        ("exempt", figures.exempt),
        ("glass-broken", figures.glass),
        ("unreadable", figures.unreadable),
        ("not-ready", figures.unready),
        ("overloaded", figures.overloaded),
    ] {
        // Writing to a string never fails.
        let _ = writeln!(
            page.0,
            "catseye_admission_requests_total{{outcome=\"{outcome}\"}} {count}"
        );
    }
    page.one(
        "catseye_admission_judging_seconds_total",
        "counter",
        "Time spent on judging admission requests.",
        figures.micros as f64 / 1e6,
    );
    page.one(
        "catseye_admission_slowest_seconds",
        "gauge",
        "The longest judgement of an admission request.",
        figures.slowest as f64 / 1e6,
    );
    page.one(
        "catseye_admission_log_lost_total",
        "counter",
        "Entries of the admission log that did not reach the disk.",
        figures.log_lost as f64,
    );
    page.one(
        "catseye_admission_standing",
        "gauge",
        "Objections against what is there already, where admission is enforced.",
        figures.standing as f64,
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
pub(crate) fn page(edge: &Edge) -> String {
    let mut page = Page::default();
    let stats = edge.hub.stats();
    let health = edge.hub.health();
    if let Some(admit) = &edge.admit {
        admission(&mut page, &admit.figures());
    }
    page.family("catseye_build_info", "gauge", "The program's version.");
    let _ = writeln!(
        page.0,
        "catseye_build_info{{version=\"{}\"}} 1",
        label(env!("CARGO_PKG_VERSION"))
    );
    page.one(
        "catseye_start_time_seconds",
        "gauge",
        "When the hub started, in seconds since 1970.",
        edge.started.as_second() as f64,
    );
    page.one(
        "catseye_ready",
        "gauge",
        "1 when the first lists are in.",
        f64::from(u8::from(health.ready)),
    );
    if let Some(alerts) = edge.hub.alerts() {
        page.alerts(&alerts.sinks());
    }
    page.one(
        "catseye_world_version",
        "gauge",
        "The version of the state; grows with every change.",
        stats.world_version as f64,
    );
    page.one(
        "catseye_objects",
        "gauge",
        "Objects in the state.",
        stats.objects as f64,
    );
    page.one(
        "catseye_findings",
        "gauge",
        "Findings in the state.",
        stats.findings as f64,
    );
    page.one(
        "catseye_incidents_open",
        "gauge",
        "Incidents that are open.",
        stats.incidents_open as f64,
    );
    page.one(
        "catseye_deltas_total",
        "counter",
        "Changes of objects taken in.",
        stats.deltas as f64,
    );
    page.one(
        "catseye_deltas_unreadable_total",
        "counter",
        "Changes that held no object.",
        stats.deltas_unreadable as f64,
    );
    page.one(
        "catseye_audit_events_total",
        "counter",
        "Audit events judged.",
        stats.events as f64,
    );
    page.one(
        "catseye_audit_events_telling_total",
        "counter",
        "Audit events that matched a rule or broke a baseline.",
        stats.events_telling as f64,
    );
    page.family(
        "catseye_stage_runs_total",
        "counter",
        "How often a stage of the work ran.",
    );
    for stage in &stats.stages {
        let _ = writeln!(
            page.0,
            "catseye_stage_runs_total{{stage=\"{}\"}} {}",
            label(stage.name),
            stage.runs
        );
    }
    page.family(
        "catseye_stage_seconds_total",
        "counter",
        "How long a stage of the work took in all.",
    );
    for stage in &stats.stages {
        let _ = writeln!(
            page.0,
            "catseye_stage_seconds_total{{stage=\"{}\"}} {}",
            label(stage.name),
            stage.seconds
        );
    }
    coverage(&mut page, edge);
    watching(&mut page, edge);
    if let Some(figures) = edge.sensor_figures() {
        sensors(&mut page, edge, &figures);
    }
    if let Some(intake) = &edge.intake {
        intake_figures(&mut page, intake);
    }
    own(&mut page, &edge.metrics);
    page.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
fn coverage(page: &mut Page, edge: &Edge) {
    let coverage = edge.hub.coverage();
    let gaps = coverage
        .kinds
        .values()
        .filter(|kind| kind.gap.is_some())
        .count();
    page.one(
        "catseye_kinds_missing",
        "gauge",
        "Kinds that cannot be seen.",
        gaps as f64,
    );
    page.one(
        "catseye_rules_blind",
        "gauge",
        "Rules that lack what they need.",
        coverage.blind_rules.len() as f64,
    );
    let awaited = coverage.kinds.values().filter(|kind| kind.is_awaited());
    page.one(
        "catseye_kinds_awaited",
        "gauge",
        "Kinds whose first list is not in.",
        awaited.count() as f64,
    );
    let sources = coverage.sources.values();
    let resent: u64 = sources.clone().map(|source| source.resent).sum();
    page.one(
        "catseye_audit_events_resent_total",
        "counter",
        "Audit events that had come before and were not counted again.",
        resent as f64,
    );
    page.one(
        "catseye_audit_events_own_total",
        "counter",
        "Audit events of what the hub itself read, which are not judged.",
        sources.map(|source| source.own).sum::<u64>() as f64,
    );
    let unreadable: u64 = coverage
        .sources
        .values()
        .flat_map(|source| source.unreadable.values())
        .sum();
    page.one(
        "catseye_audit_records_unreadable_total",
        "counter",
        "Records of audit logs that gave no event.",
        unreadable as f64,
    );
    let last = coverage
        .sources
        .values()
        .filter_map(|source| source.last)
        .max();
    if let Some(last) = last {
        page.one(
            "catseye_audit_last_event_time_seconds",
            "gauge",
            "The time of the newest audit event, in seconds since 1970.",
            last.as_second() as f64,
        );
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
fn watching(page: &mut Page, edge: &Edge) {
    page.one(
        "catseye_store_failing",
        "gauge",
        "1 while the store does not take what is to be kept.",
        f64::from(u8::from(!edge.hub.is_keeping())),
    );
    page.one(
        "catseye_store_failures_total",
        "counter",
        "Times that the store did not take what is to be kept.",
        edge.hub.store_failures() as f64,
    );
    let losses = edge.hub.losses();
    page.family(
        "catseye_store_left_out_total",
        "counter",
        "What is not kept as it was, by why.",
    );
    for (why, count) in [
        ("too_long", losses.cut),
        ("between", losses.folded),
        ("no_room", losses.dropped),
        ("refused", losses.refused),
    ] {
        // Writing to a string never fails.
        let _ = writeln!(
            page.0,
            "catseye_store_left_out_total{{why=\"{why}\"}} {count}"
        );
    }
    let Some(counts) = edge.hub.watch_counts() else {
        return;
    };
    let counters = [
        ("lists", "Whole lists of a kind read.", counts.lists),
        ("streams", "Watch streams opened.", counts.streams),
        (
            "failures",
            "Requests and streams of the watch that failed.",
            counts.failures,
        ),
        (
            "expired",
            "Times that a version was too old to go on from.",
            counts.expired,
        ),
        (
            "repaired",
            "Changes that a list told and no stream had.",
            counts.repaired,
        ),
    ];
    for (name, help, value) in counters {
        let name = format!("catseye_watch_{name}_total");
        page.one(&name, "counter", help, value as f64);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
fn sensors(page: &mut Page, edge: &Edge, figures: &crate::intake::sensor::Figures) {
    for (name, help, value) in [
        ("batches", "Batches of sensors taken in.", figures.batches),
        (
            "bytes",
            "Bytes of batches of sensors, as sent.",
            figures.bytes,
        ),
        ("events", "Runtime events taken in.", figures.events),
        (
            "again",
            "Runtime events that were sent again and passed over.",
            figures.again,
        ),
        (
            "missing",
            "Runtime events whose numbers never came.",
            figures.missing,
        ),
        (
            "shed",
            "Batches of sensors refused because too much waited.",
            figures.shed,
        ),
        (
            "unreadable",
            "Batches of sensors that could not be read.",
            figures.unreadable,
        ),
        (
            "refused",
            "Batches of sensors of which nothing was taken when they were judged.",
            figures.refused,
        ),
        (
            "failed",
            "Times that judged runtime events could not be written.",
            figures.failed,
        ),
    ] {
        let name = format!("catseye_sensor_{name}_total");
        page.one(&name, "counter", help, value as f64);
    }
    page.one(
        "catseye_sensor_waiting_bytes",
        "gauge",
        "Bytes that batches of sensors take in memory while they wait to be judged.",
        figures.waiting_bytes as f64,
    );
    page.one(
        "catseye_sensor_full",
        "gauge",
        "1 while there is no room for batches of sensors.",
        f64::from(u8::from(figures.is_full)),
    );
    let sensors = edge.hub.sensors();
    let now = edge.hub.now();
    let silent = |heard: Option<jiff::Timestamp>| {
        heard.map_or(f64::INFINITY, |it| now.duration_since(it).as_secs_f64())
    };
    page.one(
        "catseye_sensor_nodes",
        "gauge",
        "Nodes whose sensor was heard since the start.",
        sensors.len() as f64,
    );
    let live = sensors.iter().filter(|(_, it)| silent(it.heard) < 120.0);
    page.one(
        "catseye_sensor_nodes_live",
        "gauge",
        "Nodes whose sensor was heard in the last two minutes.",
        live.count() as f64,
    );
    let limited = sensors.iter().filter(|(_, it)| it.sampled);
    page.one(
        "catseye_sensor_nodes_sampled",
        "gauge",
        "Nodes whose kernel takes no programs, so that their sensor only samples.",
        limited.count() as f64,
    );
    page.one(
        "catseye_sensor_events_lost",
        "gauge",
        "Events that sensors lost, as heard since the start.",
        sensors.iter().map(|(_, it)| it.lost).sum::<u64>() as f64,
    );
    page.one(
        "catseye_observed_pairs",
        "gauge",
        "Pairs of talkers in the observed network.",
        edge.hub.known_flows() as f64,
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
fn intake_figures(page: &mut Page, intake: &crate::intake::Intake) {
    let figures = intake.figures();
    let counters = [
        (
            "catseye_intake_batches_total",
            "Batches of audit events taken in.",
            figures.batches,
        ),
        (
            "catseye_intake_bytes_total",
            "Bytes of audit events taken in.",
            figures.bytes,
        ),
        (
            "catseye_intake_shed_total",
            "Batches refused because the queue was full.",
            figures.shed,
        ),
        (
            "catseye_intake_failed_total",
            "Batches that could not be judged at once and were tried again.",
            figures.failed,
        ),
        (
            "catseye_intake_resumed_total",
            "Batches of an earlier run that were judged at start.",
            figures.resumed,
        ),
    ];
    for (name, help, value) in counters {
        page.one(name, "counter", help, value as f64);
    }
    page.one(
        "catseye_intake_waiting",
        "gauge",
        "Batches that wait to be judged.",
        figures.waiting as f64,
    );
    page.one(
        "catseye_intake_waiting_bytes",
        "gauge",
        "Bytes that wait to be judged.",
        figures.waiting_bytes as f64,
    );
    page.one(
        "catseye_intake_full",
        "gauge",
        "1 while there is no room for batches of audit events.",
        f64::from(u8::from(figures.is_full)),
    );
}

#[expect(
    clippy::cast_precision_loss,
    reason = "Prometheus counts in 64-bit floats"
)]
fn own(page: &mut Page, metrics: &Metrics) {
    let figures = [
        (
            "catseye_http_connections",
            "gauge",
            "Open connections.",
            metrics.connections.load(Ordering::Relaxed) as u64,
        ),
        (
            "catseye_http_connections_refused_total",
            "counter",
            "Connections refused because too many were open.",
            metrics.refused_connections.load(Ordering::Relaxed),
        ),
        (
            "catseye_http_handshakes_failed_total",
            "counter",
            "TLS handshakes that failed.",
            metrics.failed_handshakes.load(Ordering::Relaxed),
        ),
        (
            "catseye_http_streams",
            "gauge",
            "Open event streams.",
            metrics.streams.load(Ordering::Relaxed) as u64,
        ),
        (
            "catseye_logins_refused_total",
            "counter",
            "Logins without a good token.",
            metrics.refused_logins.load(Ordering::Relaxed),
        ),
    ];
    for (name, kind, help, value) in figures {
        page.one(name, kind, help, value as f64);
    }
    let name = "catseye_http_request_duration_seconds";
    page.family(name, "histogram", "How long answers of the API took.");
    let answers = metrics
        .answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    for ((operation, status), answers) in answers.iter() {
        let labels = format!("operation=\"{}\",status=\"{status}\"", label(operation));
        for (bucket, bound) in answers.buckets.iter().zip(BOUNDS) {
            let _ = writeln!(page.0, "{name}_bucket{{{labels},le=\"{bound}\"}} {bucket}");
        }
        let _ = writeln!(
            page.0,
            "{name}_bucket{{{labels},le=\"+Inf\"}} {}",
            answers.count
        );
        let _ = writeln!(page.0, "{name}_sum{{{labels}}} {}", answers.seconds);
        let _ = writeln!(page.0, "{name}_count{{{labels}}} {}", answers.count);
    }
}
