//! The fold: event by event, evidence by evidence, into incidents.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_event::audit::ActorKind;
use catseye_event::runtime::RuntimeEvent;
use catseye_event::{Actor, Event};
use catseye_model::Severity;
use catseye_policy::{Complaint, Exceptions};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::accepted::Accepted;
use super::cause::{self, Causes};
use super::grace::{self, Deliveries};
use super::record::{EvidenceKind, Incident};
use super::seen::Seen;
use super::trace::Traces;
use super::weigh::{self, Weighed};
use crate::baseline::{Anomaly, AnomalyKind, Baseline, Call, Observed, actor_name};
use crate::detection::Detection;
use crate::hand;
use crate::requests::Requests;
use crate::runtime;

use super::open::{Open, Piece};

/// When incidents begin and end, and how many there may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Without evidence for so long an incident is closed. Long enough for a call an hour.
    pub quiet: SignedDuration,
    /// An incident that has lasted so long is closed, and a new one begins.
    pub longest: SignedDuration,
    /// Without evidence for so long a session is over.
    pub session_gap: SignedDuration,
    /// At most so many actors have an open incident; the least severe, oldest one is closed first.
    pub most_open: usize,
    /// At most so many closed incidents are kept, the worst ones.
    pub most_kept: usize,
    /// Whether what looks bad is learned all the same.
    pub trust: Trust,
}

/// What a log is believed to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trust {
    /// What is serious is not learned.
    #[default]
    Guarded,
    /// All is well in this log: everything is learned.
    All,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            quiet: SignedDuration::from_hours(6),
            longest: SignedDuration::from_hours(24),
            session_gap: SignedDuration::from_mins(30),
            most_open: 4096,
            most_kept: 2000,
            trust: Trust::default(),
        }
    }
}

/// Everything that is remembered between two events.
#[derive(Debug)]
pub struct Watch {
    config: Config,
    baseline: Baseline,
    requests: Requests,
    causes: Causes,
    deliveries: Deliveries,
    open: BTreeMap<Arc<str>, Open>,
    closed: Vec<Incident>,
    accepted: Accepted,
    traces: Traces,
    runtime_events: u64,
    dropped: u64,
    clock: Timestamp,
    events: u64,
}

/// What an event came to, where it is evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The incident that it belongs to.
    pub incident: String,
    /// How severe that is now.
    pub severity: Severity,
}

impl Watch {
    /// A watch over a stream of events.
    pub fn new(config: Config, baseline: Baseline) -> Self {
        Self {
            config,
            baseline,
            requests: Requests::default(),
            causes: Causes::default(),
            deliveries: Deliveries::default(),
            open: BTreeMap::new(),
            closed: Vec::new(),
            accepted: Accepted::default(),
            traces: Traces::default(),
            runtime_events: 0,
            dropped: 0,
            clock: Timestamp::UNIX_EPOCH,
            events: 0,
        }
    }

    /// The same, with evidence that somebody has accepted; see [`catseye_policy::Exceptions`].
    #[must_use]
    pub fn accepting(mut self, exceptions: Exceptions) -> Self {
        self.accepted = Accepted::new(exceptions);
        self
    }

    /// How many pieces of evidence were accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted.count()
    }

    /// Exceptions that have expired or have accepted nothing so far.
    pub fn complaints(&self, today: Date) -> Vec<Complaint> {
        self.accepted.complaints(today)
    }

    /// The incidents as they stand: open ones with the evidence so far, and those that are over.
    /// Worst first.
    pub fn current(&self) -> Vec<Incident> {
        let open = self.open.values().cloned().map(|open| self.closed(open));
        let mut incidents: Vec<Incident> = open.chain(self.closed.iter().cloned()).collect();
        sort(&mut incidents);
        incidents.truncate(self.config.most_kept);
        incidents
    }

    /// What was learned so far.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// How many requests were looked at.
    pub fn requests(&self) -> u64 {
        self.events
    }

    /// How many incidents are not told because there are too many worse ones.
    pub fn dropped(&self) -> u64 {
        let kept = self.open.len() + self.closed.len();
        self.dropped + kept.saturating_sub(self.config.most_kept) as u64
    }

    /// An incident as it is now, while it is open.
    pub fn incident(&self, id: &str) -> Option<Incident> {
        let open = self.open.values().find(|open| open.id() == id)?;
        Some(self.closed(open.clone()))
    }

    /// Takes in an event and what the rules say of it.
    pub fn observe(&mut self, event: &Event<'_>, detections: &[Detection]) -> Option<Outcome> {
        let once = self.requests.is_first_outcome(event);
        if !once && detections.is_empty() {
            return None;
        }
        self.events += u64::from(once);
        let time = event.time().unwrap_or(self.clock);
        self.clock = time;
        let mut call = Call::of(event, time);
        let changes = cause::is_change(event);
        let actor = changes.then(|| call.actor.clone());
        let mut observed = self.baseline.observe(&call);
        if !once {
            // A user rule asked for another stage; the request itself is judged and learned once.
            observed.anomalies.clear();
            return self.weigh(event, time, detections, &observed, None, false);
        }
        if changes && call.kind == ActorKind::Human && hand::touches_what_is_delivered(event) {
            let is_kept = || hand::is_kept(event);
            let past = self.baseline.past_delivery(&call, &observed, is_kept);
            observed.anomalies.extend(past);
        }
        let own = changes && !cause::acts_for_others(event);
        let hands = own.then(|| call.clone());
        let impersonation = self.impersonation(event, &mut call);

        let ordinary = detections.is_empty()
            && observed.anomalies.is_empty()
            && impersonation
                .as_ref()
                .is_none_or(|it| it.anomalies.is_empty());
        let outcome = if ordinary {
            None
        } else {
            self.weigh(
                event,
                time,
                detections,
                &observed,
                impersonation.as_ref(),
                true,
            )
        };

        // A change by hand says nothing about the actor's other habits.
        let surprising = observed
            .anomalies
            .iter()
            .any(|anomaly| anomaly.kind != AnomalyKind::PastDelivery);
        let serious = outcome
            .as_ref()
            .is_some_and(|it| it.severity >= Severity::High);
        if self.config.trust == Trust::All || !(serious && surprising) {
            self.baseline.learn(&observed);
            if let Some(call) = &hands {
                self.baseline.learn_hands(call);
            }
            if let Some(observed) = &impersonation {
                self.baseline.learn(observed);
            }
            for detection in detections {
                if detection.severity < Severity::Critical || self.config.trust == Trust::All {
                    let (rule, namespace) = (&detection.rule, event.namespace());
                    self.baseline
                        .learn_habit(observed.actor, rule, namespace, time);
                }
            }
            if let Some(actor) = &actor {
                self.causes.note(event, actor, time);
                let known = !surprising && self.baseline.is_mature(observed.actor);
                if known && grace::delivers(event) && !cause::acts_for_others(event) {
                    self.deliveries.note(event, actor, time);
                }
            }
        } else if let Some(actor) = &actor {
            self.causes.note(event, actor, time);
        }
        outcome
    }

    /// Takes in what happened on a node and what the rules say of it. Who answers is the workload: what
    /// its replicas do is one incident.
    pub fn observe_runtime(
        &mut self,
        event: &RuntimeEvent,
        detections: &[Detection],
    ) -> Option<Outcome> {
        self.runtime_events += 1;
        let time = event.time;
        let who: Arc<str> = Arc::from(runtime::actor(&event.subject, &event.node));
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        for detection in detections {
            if self.accepted.rule(&who, detection) {
                continue;
            }
            let weighed = Weighed {
                severity: detection.severity,
                why: None,
            };
            pieces.push(Piece::of_rule(detection, weighed));
        }
        pieces.retain(|piece| piece.weighed.severity > Severity::Info);
        let rules: Vec<&str> = pieces.iter().map(|piece| piece.key.as_str()).collect();
        self.traces.note(&who, event, &rules);
        if pieces.is_empty() {
            return None;
        }
        let seen = Seen::runtime(event, runtime::event_id(event));
        let gap = self.config.session_gap;
        let open = self.incident_of(&who, &seen, time);
        for piece in &pieces {
            open.add(piece, &seen, time, None);
        }
        open.note_session(&seen, time, gap);
        Some(Outcome {
            incident: open.id().to_owned(),
            severity: open.severity(),
        })
    }

    /// How many runtime events were looked at.
    pub fn runtime_events(&self) -> u64 {
        self.runtime_events
    }

    /// An incident as it stands, with what ran and talked around it.
    fn closed(&self, open: Open) -> Incident {
        let mut incident = open.close();
        incident.scene = self
            .traces
            .scene(&incident.actor, incident.first, incident.last);
        incident
    }

    /// Acting as somebody else is a deed of its own, by the one who does.
    fn impersonation<'e>(&mut self, event: &'e Event<'_>, call: &mut Call<'e>) -> Option<Observed> {
        let acts_as = event.impersonated_user()?;
        call.verb = "impersonate";
        call.api_group = "";
        call.resource = "users";
        call.subresource = "";
        call.namespace = "";
        call.name = &acts_as.username;
        Some(self.baseline.observe(call))
    }

    fn weigh(
        &mut self,
        event: &Event<'_>,
        time: Timestamp,
        detections: &[Detection],
        observed: &Observed,
        impersonation: Option<&Observed>,
        once: bool,
    ) -> Option<Outcome> {
        let (who, through) = self.who(event, time);
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        let surprise = observed
            .anomalies
            .iter()
            .find(|anomaly| anomaly.kind == AnomalyKind::Novelty);
        for detection in detections {
            if self.accepted.rule(&who, detection) {
                continue;
            }
            let habit =
                self.baseline
                    .habit(observed.actor, &detection.rule, event.namespace(), time);
            let weighed = weigh::rule(detection.severity, habit, surprise);
            pieces.push(Piece::of_rule(detection, weighed));
        }
        let grace = match event.user().actor() {
            Actor::ServiceAccount { namespace, .. } => {
                self.deliveries
                    .explains(namespace, &actor_name(event), time)
            }
            _ => None,
        };
        let anomalies = observed.anomalies.iter();
        let acted = impersonation.into_iter().flat_map(|it| &it.anomalies);
        for anomaly in anomalies.chain(acted) {
            if self.accepted.anomaly(&who, anomaly) {
                continue;
            }
            let weighed = weigh::anomaly(anomaly, grace);
            pieces.push(Piece::of_anomaly(anomaly, weighed));
        }
        pieces.retain(|piece| piece.weighed.severity > Severity::Info);
        if pieces.is_empty() {
            return None;
        }
        let gap = self.config.session_gap;
        let seen = Seen::call(&who, event);
        let open = self.incident_of(&who, &seen, time);
        for piece in &pieces {
            open.add(piece, &seen, time, through.as_deref());
        }
        if once {
            open.note_session(&seen, time, gap);
        }
        let outcome = Outcome {
            incident: open.id().to_owned(),
            severity: open.severity(),
        };
        Some(outcome)
    }

    /// Who is held to account, and the controller that carried it out.
    fn who(&self, event: &Event<'_>, time: Timestamp) -> (Arc<str>, Option<String>) {
        let responsible = actor_name(event);
        // A read is the reader's own: only what a controller changes does it change for somebody.
        if cause::acts_for_others(event)
            && cause::is_change(event)
            && let Some(cause) = self.causes.behind(event, time)
            && *cause != *responsible
        {
            return (cause, Some(responsible.into_owned()));
        }
        (Arc::from(&*responsible), None)
    }

    /// The actor's open incident; a new one when there is none, or when it is over.
    fn incident_of(&mut self, who: &Arc<str>, seen: &Seen, time: Timestamp) -> &mut Open {
        let over = self
            .open
            .get(who)
            .is_some_and(|open| open.is_over(time, self.config.quiet, self.config.longest));
        if over && let Some(open) = self.open.remove(who) {
            self.keep(open);
        }
        if self.open.len() >= self.config.most_open && !self.open.contains_key(who) {
            self.make_room(time);
        }
        self.open
            .entry(who.clone())
            .or_insert_with(|| Open::new(who, seen, time))
    }

    /// Closes what is over; when nothing is, the least severe of the oldest.
    fn make_room(&mut self, now: Timestamp) {
        let (quiet, longest) = (self.config.quiet, self.config.longest);
        let mut over: Vec<Arc<str>> = self
            .open
            .iter()
            .filter(|(_, open)| open.is_over(now, quiet, longest))
            .map(|(who, _)| who.clone())
            .collect();
        if over.is_empty() {
            let least = self
                .open
                .iter()
                .min_by_key(|(_, open)| (open.severity(), open.last()));
            over.extend(least.map(|(who, _)| who.clone()));
        }
        for who in over {
            if let Some(open) = self.open.remove(&who) {
                self.keep(open);
            }
        }
    }

    fn keep(&mut self, open: Open) {
        let closed = self.closed(open);
        self.closed.push(closed);
        // Not at every one, for sorting them costs; and not much later, for each may hold many kilobytes.
        if self.closed.len() > self.config.most_kept + self.config.most_kept / 8 {
            sort(&mut self.closed);
            self.dropped += (self.closed.len() - self.config.most_kept) as u64;
            self.closed.truncate(self.config.most_kept);
        }
    }

    /// The end of the stream: all incidents, worst first, and what was learned.
    pub fn finish(mut self) -> (Vec<Incident>, Baseline) {
        for (_, open) in std::mem::take(&mut self.open) {
            let closed = self.closed(open);
            self.closed.push(closed);
        }
        sort(&mut self.closed);
        self.closed.truncate(self.config.most_kept);
        (self.closed, self.baseline)
    }
}

fn sort(incidents: &mut [Incident]) {
    incidents.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| b.score.total_cmp(&a.score))
            .then_with(|| a.first.cmp(&b.first))
            .then_with(|| a.actor.cmp(&b.actor))
    });
}

impl<'p> Piece<'p> {
    fn of_rule(detection: &'p Detection, weighed: Weighed) -> Self {
        Piece {
            kind: EvidenceKind::Rule,
            key: detection.rule.to_string(),
            title: detection.title.to_string(),
            unweighed: detection.severity,
            weighed,
            tactic: detection.tactic,
            technique: &detection.technique,
            message: &detection.message,
            target: &detection.target,
            fields: &detection.evidence,
            receipt: None,
            points: 0.0,
        }
    }

    fn of_anomaly(anomaly: &'p Anomaly, weighed: Weighed) -> Self {
        let first = anomaly.receipt.parts.first();
        let refused = first.is_some_and(|part| part.value.contains("(refused)"));
        let title = match (anomaly.kind, first) {
            // A probe tries a hundred doors: one piece of evidence.
            (AnomalyKind::Novelty, _) if refused => "Calls it never made, refused".to_owned(),
            (AnomalyKind::Novelty, Some(part)) => match part.what {
                "action" => "An action it never did".to_owned(),
                "object" => "An object it never touched".to_owned(),
                "hour" => "Work at an unusual hour".to_owned(),
                what => format!("A {what} it never used"),
            },
            (AnomalyKind::Novelty, None) => "Something new".to_owned(),
            (AnomalyKind::Burst, _) => "More in a minute than ever".to_owned(),
            (AnomalyKind::Spread, _) => "More different things than ever".to_owned(),
            (AnomalyKind::Dormant, _) => "Active after a long silence".to_owned(),
            (AnomalyKind::PastDelivery, _) => "Changed by hand what is delivered".to_owned(),
        };
        Piece {
            kind: EvidenceKind::Anomaly,
            key: format!("{} {}", anomaly.tactic, title),
            title,
            unweighed: anomaly.severity,
            weighed,
            tactic: anomaly.tactic,
            technique: "",
            message: &anomaly.message,
            target: &anomaly.target,
            fields: &[],
            receipt: Some(&anomaly.receipt),
            points: anomaly.score / 4.0,
        }
    }
}
