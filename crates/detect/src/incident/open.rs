//! An incident that is still open: evidence is folded in, and severity follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use catseye_model::Severity;
use jiff::{SignedDuration, Timestamp};

use super::advice;
use super::record::{Evidence, EvidenceKind, Incident, Session};
use super::seen::Seen;
use super::weigh::{Weighed, points, raise};
use crate::baseline::Receipt;
use crate::detection::{self, Tactic, Target};

/// Kinds of evidence, sessions and objects of one incident beyond which only counts grow.
const MOST_EVIDENCE: usize = 40;
const MOST_SESSIONS: usize = 16;
const MOST_OBJECTS: usize = 40;
/// Targets and event ids of one kind of evidence.
const MOST_EXAMPLES: usize = 5;
/// So many tactics make a chain.
const CHAIN: usize = 3;

/// One thing that an event shows.
pub(super) struct Piece<'p> {
    pub(super) kind: EvidenceKind,
    /// Pieces of one key are one piece of evidence.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) unweighed: Severity,
    pub(super) weighed: Weighed,
    pub(super) tactic: Tactic,
    pub(super) technique: &'p str,
    pub(super) message: &'p str,
    pub(super) target: &'p Target,
    pub(super) fields: &'p [detection::Evidence],
    pub(super) receipt: Option<&'p Receipt>,
    /// Points beside those of the severity.
    pub(super) points: f32,
}

/// An open incident. `severity` is always that of the evidence so far.
#[derive(Debug, Clone)]
pub(super) struct Open {
    id: String,
    actor: Arc<str>,
    kind: &'static str,
    first: Timestamp,
    last: Timestamp,
    severity: Severity,
    known_since: Timestamp,
    evidence: BTreeMap<(EvidenceKind, String), (Evidence, f32)>,
    tactics: Vec<Tactic>,
    sessions: Vec<Session>,
    objects: BTreeMap<String, u32>,
    events: u64,
}

impl Open {
    pub(super) fn new(actor: &Arc<str>, seen: &Seen, time: Timestamp) -> Self {
        Self {
            id: id(actor, time),
            actor: actor.clone(),
            kind: seen.kind,
            first: time,
            last: time,
            severity: Severity::Info,
            known_since: time,
            evidence: BTreeMap::new(),
            tactics: Vec::new(),
            sessions: Vec::new(),
            objects: BTreeMap::new(),
            events: 0,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn severity(&self) -> Severity {
        self.severity
    }

    pub(super) fn last(&self) -> Timestamp {
        self.last
    }

    pub(super) fn is_over(
        &self,
        now: Timestamp,
        quiet: SignedDuration,
        longest: SignedDuration,
    ) -> bool {
        now.duration_since(self.last) > quiet || now.duration_since(self.first) > longest
    }

    pub(super) fn add(
        &mut self,
        piece: &Piece<'_>,
        seen: &Seen,
        time: Timestamp,
        through: Option<&str>,
    ) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        let key = (piece.kind, piece.key.clone());
        let full = self.evidence.len() >= MOST_EVIDENCE;
        if full && !self.evidence.contains_key(&key) {
            return;
        }
        let (evidence, extra) = self.evidence.entry(key).or_insert_with(|| {
            let id = match piece.kind {
                EvidenceKind::Rule => piece.key.clone(),
                EvidenceKind::Anomaly => "baseline".to_owned(),
            };
            let evidence = Evidence {
                kind: piece.kind,
                id,
                title: piece.title.clone(),
                severity: Severity::Info,
                unweighed: piece.unweighed,
                weighed_by: None,
                tactic: piece.tactic,
                technique: piece.technique.to_owned(),
                message: piece.message.to_owned(),
                through: through.map(str::to_owned),
                first: time,
                last: time,
                count: 0,
                targets: Vec::new(),
                event_ids: Vec::new(),
                fields: Vec::new(),
                receipt: None,
            };
            (evidence, 0.0)
        });
        evidence.count += 1;
        evidence.last = evidence.last.max(time);
        *extra = extra.max(piece.points);
        // The worst one speaks for all.
        if piece.weighed.severity > evidence.severity {
            evidence.severity = piece.weighed.severity;
            evidence.unweighed = piece.unweighed;
            evidence.weighed_by.clone_from(&piece.weighed.why);
            piece.message.clone_into(&mut evidence.message);
            evidence.fields = piece.fields.to_vec();
            evidence.receipt = piece.receipt.cloned();
        }
        if evidence.targets.len() < MOST_EXAMPLES && !evidence.targets.contains(piece.target) {
            evidence.targets.push(piece.target.clone());
        }
        let event_id = seen.id.as_str();
        if evidence.event_ids.len() < MOST_EXAMPLES
            && !evidence.event_ids.iter().any(|id| id == event_id)
        {
            evidence.event_ids.push(event_id.to_owned());
        }
        if !self.tactics.contains(&piece.tactic) {
            self.tactics.push(piece.tactic);
        }
        self.note_object(piece.target);
        let severity = self.severity_now().0;
        if severity > self.severity {
            self.severity = severity;
            self.known_since = time;
        }
    }

    fn note_object(&mut self, target: &Target) {
        if target.resource.is_empty() {
            return;
        }
        let words = Target {
            verb: String::new(),
            ..target.clone()
        };
        let words = clipped(words.to_string().trim()).to_owned();
        if let Some(count) = self.objects.get_mut(&words) {
            *count = count.saturating_add(1);
        } else if self.objects.len() < MOST_OBJECTS {
            self.objects.insert(words, 1);
        }
    }

    /// Notes from where and with what the event came.
    pub(super) fn note_session(&mut self, seen: &Seen, time: Timestamp, gap: SignedDuration) {
        self.events += 1;
        let source = clipped(&seen.source);
        let agent = clipped(&seen.agent);
        let same = self.sessions.iter_mut().rev().find(|session| {
            session.source == source
                && session.agent == agent
                && time.duration_since(session.last) <= gap
        });
        if let Some(session) = same {
            session.last = session.last.max(time);
            session.events += 1;
        } else if self.sessions.len() < MOST_SESSIONS {
            self.sessions.push(Session {
                source: source.to_owned(),
                agent: agent.to_owned(),
                first: time,
                last: time,
                events: 1,
            });
        }
    }

    /// The severity of the evidence so far: that of the worst piece, one more for a chain.
    fn severity_now(&self) -> (Severity, Option<usize>) {
        let pieces = || self.evidence.values().map(|(evidence, _)| evidence);
        let worst = pieces().map(|it| it.severity).max().unwrap_or_default();
        let chain: BTreeSet<Tactic> = pieces()
            .filter(|it| it.severity >= Severity::Medium)
            .map(|it| it.tactic)
            .collect();
        if chain.len() >= CHAIN && worst >= Severity::Medium {
            (raise(worst), Some(chain.len()))
        } else {
            (worst, None)
        }
    }

    /// The incident as it is shown.
    pub(super) fn close(self) -> Incident {
        let (severity, chain) = self.severity_now();
        let mut worst: Vec<&(Evidence, f32)> = self.evidence.values().collect();
        worst.sort_by(|(a, x), (b, y)| {
            b.severity
                .cmp(&a.severity)
                .then_with(|| y.total_cmp(x))
                .then_with(|| a.first.cmp(&b.first))
                .then_with(|| a.title.cmp(&b.title))
        });
        // Each further piece counts half: a hundred small things never outrank one grave one.
        let (mut score, mut share) = (0.0, 1.0);
        for (evidence, extra) in &worst {
            score += share * (points(evidence.severity) + extra);
            share /= 2.0;
        }
        let mut reasons: Vec<String> = worst
            .iter()
            .take(3)
            .map(|(evidence, _)| reason(evidence))
            .collect();
        if let Some(tactics) = chain {
            reasons.push(format!(
                "raised to {severity}: a chain of {tactics} tactics"
            ));
        }
        let title = match worst.as_slice() {
            [] => String::new(),
            [(only, _)] => only.title.clone(),
            [(first, _), (second, _)] => format!("{}; {}", first.title, second.title),
            [(first, _), (second, _), rest @ ..] => {
                format!("{}; {}; and {} more", first.title, second.title, rest.len())
            }
        };
        let mut evidence: Vec<Evidence> = self.evidence.into_values().map(|(it, _)| it).collect();
        evidence.sort_by(|a, b| {
            (a.first, std::cmp::Reverse(a.severity), &a.id, &a.title).cmp(&(
                b.first,
                std::cmp::Reverse(b.severity),
                &b.id,
                &b.title,
            ))
        });
        let mut incident = Incident {
            id: self.id,
            actor: self.actor.to_string(),
            kind: self.kind,
            severity,
            score,
            reasons,
            title,
            first: self.first,
            last: self.last,
            known_since: self.known_since,
            tactics: self.tactics,
            sessions: self.sessions,
            objects: self.objects,
            evidence,
            events: self.events,
            advice: Vec::new(),
            scene: None,
        };
        incident.advice = advice::on(&incident);
        incident
    }
}

/// What a client makes up may be long; an incident keeps its head.
fn clipped(text: &str) -> &str {
    const LONGEST: usize = 256;
    text.get(..text.floor_char_boundary(LONGEST))
        .unwrap_or(text)
}

fn reason(evidence: &Evidence) -> String {
    let times = if evidence.count > 1 {
        format!(", {} times", evidence.count)
    } else {
        String::new()
    };
    let why = evidence.weighed_by.as_ref();
    let why = why.map_or_else(String::new, |why| format!(" ({why})"));
    let Evidence {
        id,
        title,
        severity,
        ..
    } = evidence;
    format!("{severity}: {title} [{id}]{times}{why}")
}

/// A short name that depends on the actor and the beginning only: 32 bits of FNV-1a.
fn id(actor: &str, first: Timestamp) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in actor.bytes().chain(first.as_microsecond().to_be_bytes()) {
        hash ^= u32::from(byte);
        hash = hash.wrapping_mul(0x0100_0193);
    }
    format!("INC-{hash:08x}")
}
