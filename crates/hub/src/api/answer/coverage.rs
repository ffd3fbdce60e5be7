//! What is not seen, what was lost, and how the hub is.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::api::ask::Ask;
use crate::api::contract::coverage::{
    Coverage, Health, Loss, Missing, PartHealth, Sensor, SourceCoverage,
};
use crate::api::contract::problem::Problem;
use crate::api::routes::Nothing;
use crate::runtime::SensorCoverage;

/// Reasons of unanswered checks that are told.
const MOST_UNKNOWN: usize = 200;
/// A sensor that was not heard for so long may be gone: it says every half minute that it is there.
const SILENT: SignedDuration = SignedDuration::from_mins(2);

pub(in crate::api) fn coverage(ask: &Ask, _: Nothing) -> Result<Coverage, Problem> {
    let hub = &ask.edge.hub;
    let known = hub.coverage();
    let world = hub.world();
    let mut lost = BTreeMap::new();
    let objects: usize = known.kinds.values().map(|kind| kind.objects).sum();
    let synced = known.kinds.values().filter_map(|kind| kind.synced).max();
    let live = ask.edge.mode == "live";
    // When the API server is away, nearly everything is.
    let seen = known.kinds.values().filter(|kind| kind.synced.is_some());
    let gone = seen.clone().filter(|kind| kind.gap.is_some());
    let was_lost = gone.count() * 2 > seen.count();
    let mut sources = vec![SourceCoverage {
        name: "objects".to_owned(),
        state: match (world.inventory().is_empty(), live) {
            (true, _) => "absent",
            (false, true) if was_lost => "stale",
            (false, true) => "live",
            (false, false) => "recorded",
        }
        .to_owned(),
        text: format!(
            "{} objects of {} kinds",
            world.inventory().len().max(objects),
            known.kinds.len()
        ),
        last: synced.or(Some(world.taken_at())),
        count: world.inventory().len() as u64,
        lag_seconds: None,
    }];
    let now = hub.now();
    for (name, source) in &known.sources {
        let lag = source
            .last
            .map(|last| now.duration_since(last).as_secs_f64().max(0.0));
        sources.push(SourceCoverage {
            name: format!("audit: {name}"),
            state: match lag {
                None => "absent",
                Some(lag) if lag > 600.0 => "stale",
                Some(_) if live => "live",
                Some(_) => "recorded",
            }
            .to_owned(),
            text: match source.first {
                Some(first) => format!("events since {first}"),
                None => "nothing came yet".to_owned(),
            },
            last: source.last,
            count: source.events,
            lag_seconds: lag,
        });
        if source.resent > 0 {
            *lost
                .entry("audit events sent again, counted once".to_owned())
                .or_default() += source.resent;
        }
        if source.own > 0 {
            *lost
                .entry("audit events of the hub's own reads, not judged".to_owned())
                .or_default() += source.own;
        }
        for (why, count) in &source.unreadable {
            *lost
                .entry(format!("audit records unreadable: {why}"))
                .or_default() += count;
        }
        if source.gaps > 0 {
            *lost
                .entry("rotated audit logs that were not found again".to_owned())
                .or_default() += source.gaps;
        }
        if source.shed > 0 {
            *lost.entry("audit batches refused".to_owned()).or_default() += source.shed;
        }
    }
    if known.sources.is_empty() {
        sources.push(absent(
            "audit",
            "no audit log is read: point the API server's audit webhook at /audit, or give a log file",
        ));
    }
    let heard = hub.sensors();
    let sensors: Vec<Sensor> = heard
        .iter()
        .map(|(node, known)| sensor(node, known, now, ask.edge.mode != "replay"))
        .collect();
    sources.extend(runtime(&sensors, hub.known_flows() as u64, now));
    let events_lost: u64 = sensors.iter().map(|sensor| sensor.lost).sum();
    if events_lost > 0 {
        lost.insert("runtime events".to_owned(), events_lost);
    }
    if let Some(figures) = ask.edge.sensor_figures() {
        for (name, count) in [
            ("runtime batches refused", figures.shed),
            ("runtime batches unreadable", figures.unreadable),
            ("runtime batches of too many nodes", figures.refused),
        ] {
            if count > 0 {
                lost.insert(name.to_owned(), count);
            }
        }
    }
    if let Some(store) = &ask.edge.store {
        match ask.wait(store.events_lost()) {
            Ok(gone) if gone.segments > 0 => {
                lost.insert(
                    "kept events whose files are gone".to_owned(),
                    gone.events.max(1),
                );
            }
            Ok(_) => {}
            // That the store does not answer is told by the hub's health.
            Err(err) => tracing::warn!(error = %err, "failed to look for files of events"),
        }
    }
    if let Some(intake) = &ask.edge.intake {
        let figures = intake.figures();
        *lost.entry("audit batches refused".to_owned()).or_default() += figures.shed;
        *lost.entry("audit batches failed".to_owned()).or_default() += figures.failed;
    }
    Ok(Coverage {
        sources,
        kinds_missing: known
            .kinds
            .iter()
            .filter_map(|(kind, seen)| {
                Some(Missing {
                    what: kind.clone(),
                    reason: seen.gap.clone()?,
                    count: seen.objects as u64,
                })
            })
            .collect(),
        rules_blind: known
            .blind_rules
            .iter()
            .map(|rule| Missing {
                what: format!("{} {}", rule.rule, rule.title),
                reason: match &rule.lacks {
                    Some(lacks) => format!("asks for {lacks}"),
                    None => format!("events lack {}", rule.missing.join(", ")),
                },
                count: rule.events,
            })
            .collect(),
        checks_unknown: unanswered(&world),
        sensors,
        lost,
    })
}

/// What sensors tell, as sources.
fn runtime(sensors: &[Sensor], flows: u64, now: Timestamp) -> [SourceCoverage; 2] {
    if sensors.is_empty() {
        return [
            absent(
                "runtime",
                "no sensor reports what runs on nodes: catseye install --print has it",
            ),
            absent("flows", "no sensor reports connections"),
        ];
    }
    let silent = sensors.iter().filter(|it| it.state == "stale").count();
    let sampled = sensors.iter().filter(|it| it.sampled).count();
    let state = match sensors.first() {
        Some(_) if silent == sensors.len() => "stale",
        Some(first) if first.state == "recorded" => "recorded",
        _ => "live",
    };
    let mut text = format!("sensors on {} nodes", sensors.len());
    for (count, words) in [(silent, "not heard lately"), (sampled, "that only sample")] {
        if count > 0 {
            text = format!("{text}, {count} {words}");
        }
    }
    let last = sensors.iter().filter_map(|it| it.last).max();
    let source = |name: &str, text: String, count| SourceCoverage {
        name: name.to_owned(),
        state: state.to_owned(),
        text,
        last,
        count,
        lag_seconds: last.map(|last| now.duration_since(last).as_secs_f64().max(0.0)),
    };
    [
        source("runtime", text, sensors.iter().map(|it| it.events).sum()),
        source(
            "flows",
            format!("{flows} pairs that were seen talking"),
            flows,
        ),
    ]
}

fn sensor(node: &str, known: &SensorCoverage, now: Timestamp, live: bool) -> Sensor {
    let silent = known.heard.map(|heard| now.duration_since(heard));
    Sensor {
        node: node.to_owned(),
        state: match silent {
            _ if !live => "recorded",
            Some(silent) if silent < SILENT => "live",
            _ => "stale",
        }
        .to_owned(),
        version: known.version.clone(),
        kernel: known.kernel.clone(),
        sampled: known.sampled,
        refused: known
            .refused
            .iter()
            .map(|(what, reason)| Missing {
                what: what.clone(),
                reason: reason.clone(),
                count: 0,
            })
            .collect(),
        heard: known.heard,
        last: known.last,
        events: known.events,
        lost: known.lost,
        losses: known
            .losses
            .iter()
            .map(|loss| Loss {
                from: loss.from,
                to: loss.to,
                events: loss.events,
                reason: loss.reason.clone(),
            })
            .collect(),
    }
}

fn absent(name: &str, text: &str) -> SourceCoverage {
    SourceCoverage {
        name: name.to_owned(),
        state: "absent".to_owned(),
        text: text.to_owned(),
        last: None,
        count: 0,
        lag_seconds: None,
    }
}

/// Checks that could not answer, with the reason and how often.
fn unanswered(world: &crate::world::World) -> Vec<Missing> {
    let mut counted: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for verdict in world.verdicts() {
        for (check, reason) in &verdict.unknown {
            *counted.entry((check, reason)).or_default() += 1;
        }
    }
    let mut told: Vec<Missing> = counted
        .into_iter()
        .map(|((check, reason), count)| Missing {
            what: check.to_owned(),
            reason: reason.to_owned(),
            count,
        })
        .collect();
    told.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.cmp(&b.what)));
    told.truncate(MOST_UNKNOWN);
    told
}

#[expect(
    clippy::cast_precision_loss,
    reason = "figures to look at; none comes near 2^52"
)]
pub(in crate::api) fn health(ask: &Ask, _: Nothing) -> Result<Health, Problem> {
    let edge = &ask.edge;
    let health = edge.hub.health();
    let stats = edge.hub.stats();
    let world = edge.hub.world();
    let mut parts = Vec::new();
    let mut judge = PartHealth {
        name: "judge".to_owned(),
        state: if health.ready { "ok" } else { "degraded" }.to_owned(),
        text: health.troubles.join("; "),
        figures: BTreeMap::new(),
    };
    for stage in &stats.stages {
        judge
            .figures
            .insert(format!("{}_runs", stage.name), stage.runs as f64);
        judge
            .figures
            .insert(format!("{}_seconds", stage.name), stage.seconds);
    }
    parts.push(judge);
    parts.push(store(ask));
    if let Some(intake) = &edge.intake {
        let figures = intake.figures();
        parts.push(queue(
            "intake",
            figures.is_full,
            "the queue is full: batches are refused",
            &[
                ("batches", figures.batches),
                ("bytes", figures.bytes),
                ("waiting", figures.waiting),
                ("shed", figures.shed),
                ("failed", figures.failed),
            ],
        ));
    }
    if let Some(figures) = edge.sensor_figures() {
        parts.push(queue(
            "sensors",
            figures.is_full,
            "the queue is full: batches of sensors are refused and sent again",
            &[
                ("batches", figures.batches),
                ("bytes", figures.bytes),
                ("events", figures.events),
                ("again", figures.again),
                ("missing", figures.missing),
                ("waiting_bytes", figures.waiting_bytes),
                ("shed", figures.shed),
                ("unreadable", figures.unreadable),
                ("failed", figures.failed),
            ],
        ));
    }
    Ok(Health {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: edge.started,
        ready: health.ready && parts.iter().all(|part| part.state != "failed"),
        mode: edge.mode.clone(),
        now: edge.hub.now(),
        world: world.version(),
        objects: world.inventory().len() as u64,
        events: stats.events,
        parts,
    })
}

/// A queue that refuses what has no room.
#[expect(
    clippy::cast_precision_loss,
    reason = "figures to look at; none comes near 2^52"
)]
fn queue(name: &str, is_full: bool, when_full: &str, figures: &[(&str, u64)]) -> PartHealth {
    let figures = figures.iter();
    PartHealth {
        name: name.to_owned(),
        state: if is_full { "degraded" } else { "ok" }.to_owned(),
        text: if is_full { when_full } else { "" }.to_owned(),
        figures: figures
            .map(|(name, value)| ((*name).to_owned(), *value as f64))
            .collect(),
    }
}

fn store(ask: &Ask) -> PartHealth {
    let (state, text) = match &ask.edge.store {
        None => ("ok", "nothing is kept: this hub has no store".to_owned()),
        Some(store) => match ask.wait(store.ping()) {
            Ok(()) if !ask.edge.hub.is_keeping() => {
                ("degraded", "it does not take what is to be kept".to_owned())
            }
            Ok(()) => ("ok", String::new()),
            Err(err) => ("failed", err.to_string()),
        },
    };
    PartHealth {
        name: "store".to_owned(),
        state: state.to_owned(),
        text,
        figures: BTreeMap::new(),
    }
}
