//! Posture over time: findings since when, and a point an hour of how things stand.
//!
//! Objects whose judgement is another than a minute ago are told to the store anew; the first time all
//! are, so that what went while the hub was away is gone there too.

use std::collections::BTreeMap;

use catseye_checks::Verdict;
use catseye_checks::score;
use catseye_model::{ObjectId, ObjectKey, Severity};
use catseye_policy::baseline::Identity;
use catseye_store::{FindingReport, FindingScope, FindingsUpdate, Fingerprint};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Hub, locked};
use crate::keep::Keep;
use crate::world::World;

/// How far points are apart.
const APART: SignedDuration = SignedDuration::from_hours(1);
/// Points that are kept: of a quarter of a year.
const MOST_POINTS: usize = 24 * 92;
/// Objects that are told to the store as one.
const TOGETHER: usize = 500;

/// How things stood at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When.
    pub time: Timestamp,
    /// The mean score.
    pub score: u8,
    /// Findings: critical, high, medium, low, info.
    pub findings: [u64; 5],
    /// The risk of the attack graph, where it was known.
    pub risk: Option<u32>,
}

/// What the store was told.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// The version of the world in which each object was judged, and what the object is called in the store.
    told: BTreeMap<ObjectId, (u64, String)>,
    began: bool,
    points: Vec<Point>,
}

impl Recorded {
    pub(super) fn with(points: Vec<Point>) -> Self {
        Recorded {
            points,
            ..Recorded::default()
        }
    }
}

impl Hub {
    /// How things stood, oldest first, an hour apart.
    pub fn points(&self) -> Vec<Point> {
        locked(&self.0.recorded).points.clone()
    }

    /// Judges everything, then notes how things stand: for a hub whose thread does not run.
    pub fn record_whole(&self) {
        self.sweep();
        self.record();
    }

    /// Notes how things stand. To be called every minute or so; slow for large clusters the first time.
    pub fn record(&self) {
        let Some(keep) = &self.0.keep else { return };
        self.keep_ledger(keep);
        let world = self.world();
        let mut kinds = world.coverage().kinds.values();
        if world.version() == 0 || kinds.any(crate::coverage::KindCoverage::is_awaited) {
            return;
        }
        let now = self.now();
        // They would gather: what differs is told once the store takes it again.
        if self.is_keeping() {
            self.record_findings(keep, &world, now);
        }
        let mut recorded = locked(&self.0.recorded);
        let is_due = recorded
            .points
            .last()
            .is_none_or(|last| now.duration_since(last.time) >= APART);
        if is_due {
            let risk = self.paths().map(|paths| paths.score);
            recorded.points.push(point(&world, now, risk));
            let over = recorded.points.len().saturating_sub(MOST_POINTS);
            recorded.points.drain(..over);
            keep.points(&recorded.points, now);
        }
    }

    /// Tells the store what is wrong with the objects that are judged anew.
    fn record_findings(&self, keep: &Keep, world: &World, now: Timestamp) {
        let mut recorded = locked(&self.0.recorded);
        let first = !recorded.began;
        let mut present = Vec::new();
        let mut subjects = Vec::new();
        let mut known = std::mem::take(&mut recorded.told);
        let mut told = BTreeMap::new();
        let mut updates = Vec::new();
        for judged in world.judged_objects() {
            let (place, verdict) = (judged.version, &*judged.verdict);
            let Some(object) = world.inventory().get(verdict.object) else {
                continue;
            };
            let subject = ObjectKey::of(object).to_string();
            let before = known.remove(&verdict.object);
            let same = before.is_some_and(|(at, name)| at == place && name == subject);
            if !same {
                present.extend(reports(world, verdict, &subject));
                subjects.push(subject.clone());
            }
            told.insert(verdict.object, (place, subject));
            if subjects.len() >= TOGETHER && !first {
                updates.push(update(now, &mut subjects, &mut present));
            }
        }
        // What is left is gone.
        subjects.extend(known.into_values().map(|(_, subject)| subject));
        if first {
            updates.push(FindingsUpdate {
                at: now,
                scope: FindingScope::Everything,
                present,
            });
        } else if !subjects.is_empty() {
            updates.push(update(now, &mut subjects, &mut present));
        }
        recorded.told = told;
        recorded.began = true;
        keep.findings(updates);
    }
}

fn update(
    at: Timestamp,
    subjects: &mut Vec<String>,
    present: &mut Vec<FindingReport>,
) -> FindingsUpdate {
    FindingsUpdate {
        at,
        scope: FindingScope::Subjects(std::mem::take(subjects)),
        present: std::mem::take(present),
    }
}

/// An object's findings as the store keeps them.
fn reports(world: &World, verdict: &Verdict, subject: &str) -> Vec<FindingReport> {
    let Some(object) = world.inventory().get(verdict.object) else {
        return Vec::new();
    };
    let namespace = ObjectKey::of(object).namespace;
    let mut found: BTreeMap<Fingerprint, FindingReport> = BTreeMap::new();
    for finding in &verdict.findings {
        for place in &finding.places {
            let identity = Identity {
                check: finding.check.to_owned(),
                object: subject.to_owned(),
                path: place.path.by_name(object.value()),
            };
            let fingerprint = Fingerprint(identity.fingerprint());
            let report = FindingReport {
                fingerprint: fingerprint.clone(),
                check_id: finding.check.to_owned(),
                severity: place.severity,
                area: finding
                    .check
                    .split('-')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                subject: subject.to_owned(),
                namespace: namespace.clone(),
                title: place.message.clone(),
                body: serde_json::Value::Null,
            };
            found.entry(fingerprint).or_insert(report);
        }
    }
    found.into_values().collect()
}

fn point(world: &World, time: Timestamp, risk: Option<u32>) -> Point {
    let mut findings = [0; 5];
    let today = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut scores = Vec::new();
    for verdict in world.verdicts() {
        let Some(object) = world.inventory().get(verdict.object) else {
            continue;
        };
        let held = world.standards.hold(verdict, world.inventory(), today);
        if object.kind().is_workload() || !verdict.findings.is_empty() {
            scores.push(held.score.points);
        }
        for finding in &*held.open {
            let slot = match finding.severity {
                Severity::Critical => 0,
                Severity::High => 1,
                Severity::Medium => 2,
                Severity::Low => 3,
                Severity::Info => 4,
            };
            findings[slot] += 1;
        }
    }
    Point {
        time,
        score: score::mean(scores),
        findings,
        risk,
    }
}
