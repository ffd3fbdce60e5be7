//! What a log shows, and what it cannot show.
//!
//! An audit policy decides what detections can see at all. [`Coverage`] looks at every event once, keeps
//! counts only, and says afterwards which questions the log leaves unanswered: that nothing was found
//! must never be taken for that nothing happened.

mod blind_spot;

pub use blind_spot::{BlindSpot, Certainty};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::audit::{ActorKind, Event, Level, Stage};
use crate::source::{Aspect, Source};

/// The audit policy under which all detections can see what they need, and little else is written.
pub const POLICY: &str = include_str!("policy.yaml");

/// Names kept for counting; behind that, counts are lower bounds.
const MOST_NAMES: usize = 50_000;

/// Kinds of resources kept; custom resources of an unknown log must not fill the memory.
const MOST_RESOURCES: usize = 5_000;

/// Minutes kept: almost a year.
const MOST_MINUTES: usize = 500_000;

/// What was seen of a log.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    events: u64,
    sources: BTreeMap<Source, SourceCoverage>,
    actors: BTreeMap<ActorKind, ActorCoverage>,
    /// By group, then by resource with its subresource.
    resources: BTreeMap<String, BTreeMap<String, ResourceCoverage>>,
    resource_count: usize,
    other_resources: u64,
    span: Option<(Timestamp, Timestamp)>,
    minutes: BTreeSet<i64>,
    last_minute: Option<i64>,
    undated: u64,
    pub(crate) calls: Calls,
}

/// What one source gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCoverage {
    /// Its events.
    pub events: u64,
    /// How many at each level.
    pub levels: BTreeMap<Level, u64>,
    /// How many at each stage.
    pub stages: BTreeMap<Stage, u64>,
    /// How many were cut.
    pub cut: u64,
    /// How many do not show an aspect.
    pub without: BTreeMap<Aspect, u64>,
}

/// What one kind of actor did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActorCoverage {
    /// Its events.
    pub events: u64,
    /// Its user names.
    names: BTreeSet<String>,
}

impl ActorCoverage {
    /// How many different ones there were, and whether there may be more.
    pub fn identities(&self) -> (usize, bool) {
        (self.names.len(), self.names.len() >= MOST_NAMES)
    }
}

/// What was done to one resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceCoverage {
    /// `get`, `list` and `watch`.
    pub reads: u64,
    /// Everything else.
    pub writes: u64,
    /// Creates, updates and patches, which carry an object.
    pub with_object: u64,
    /// How many of those show the object.
    pub object_shown: u64,
}

/// Calls that detections look for, and whether any of their kind was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    pub(crate) reads: u64,
    pub(crate) secret_reads: u64,
    pub(crate) interactive: u64,
    pub(crate) refused: u64,
    pub(crate) non_resource: u64,
    pub(crate) decided: u64,
    pub(crate) secret_bodies: u64,
    pub(crate) truncated: u64,
    pub(crate) received_only: u64,
    pub(crate) over: u64,
    pub(crate) pod_writes: u64,
    pub(crate) pod_writes_shown: u64,
    pub(crate) grant_writes: u64,
    pub(crate) grant_writes_shown: u64,
}

const WORKLOADS: [&str; 9] = [
    "pods",
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
    "podtemplates",
];

impl Coverage {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Coverage::default()
    }

    /// Looks at one event.
    pub fn observe(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.observe_time(event);
        self.observe_source(event);
        self.observe_actor(event);
        self.observe_call(event);
    }

    fn observe_time(&mut self, event: &Event<'_>) {
        let Some(time) = event.time() else {
            self.undated += 1;
            return;
        };
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
        let minute = time.as_second().div_euclid(60);
        // Events come in order, nearly: most fall into the minute of the one before.
        if self.last_minute != Some(minute) && self.minutes.len() < MOST_MINUTES {
            self.minutes.insert(minute);
            self.last_minute = Some(minute);
        }
    }

    fn observe_source(&mut self, event: &Event<'_>) {
        let source = self.sources.entry(event.source()).or_default();
        source.events += 1;
        *source.levels.entry(event.level()).or_default() += 1;
        *source.stages.entry(event.stage()).or_default() += 1;
        source.cut += u64::from(event.is_cut());
        let fidelity = event.fidelity();
        for aspect in Aspect::ALL {
            if !fidelity.has(aspect) {
                *source.without.entry(aspect).or_default() += 1;
            }
        }
    }

    fn observe_actor(&mut self, event: &Event<'_>) {
        let user = event.effective_user();
        let actor = self.actors.entry(user.actor().kind()).or_default();
        actor.events += 1;
        if !actor.names.contains(user.username.as_str()) && actor.names.len() < MOST_NAMES {
            actor.names.insert(user.username.to_string());
        }
    }

    fn observe_call(&mut self, event: &Event<'_>) {
        let calls = &mut self.calls;
        if event.stage() == Stage::RequestReceived {
            calls.received_only += 1;
            return;
        }
        calls.over += 1;
        calls.decided += u64::from(event.decision().is_some());
        calls.truncated += u64::from(event.annotation("audit.k8s.io/truncated").is_some());
        calls.refused += u64::from(matches!(event.code(), Some(401 | 403)));
        let Some(object) = event.object() else {
            calls.non_resource += 1;
            return;
        };
        let (group, resource, subresource) =
            (&*object.api_group, &*object.resource, &*object.subresource);
        let is_read = matches!(event.verb(), "get" | "list" | "watch");
        let is_interactive =
            group.is_empty() && matches!(subresource, "exec" | "attach" | "portforward" | "proxy");
        let is_secret = group.is_empty() && resource == "secrets";
        calls.reads += u64::from(is_read);
        calls.secret_reads += u64::from(is_read && is_secret);
        calls.interactive += u64::from(is_interactive);
        let holds_secrets = is_secret
            || (resource == "serviceaccounts" && subresource == "token")
            || (group == "authentication.k8s.io" && resource == "tokenreviews");
        let has_body = event.has_request_body() || event.has_response_body();
        calls.secret_bodies += u64::from(holds_secrets && has_body && event.succeeded());

        let carries_object =
            matches!(event.verb(), "create" | "update" | "patch") && !is_interactive;
        let shows_object = event.fidelity().has(Aspect::RequestBody);
        if carries_object && (subresource.is_empty() || subresource == "ephemeralcontainers") {
            if WORKLOADS.contains(&resource) {
                calls.pod_writes += 1;
                calls.pod_writes_shown += u64::from(shows_object);
            }
            if group == "rbac.authorization.k8s.io" {
                calls.grant_writes += 1;
                calls.grant_writes_shown += u64::from(shows_object);
            }
        }
        let Some(seen) = self.resource(group, resource, subresource) else {
            self.other_resources += 1;
            return;
        };
        if is_read {
            seen.reads += 1;
        } else {
            seen.writes += 1;
        }
        if carries_object {
            seen.with_object += 1;
            seen.object_shown += u64::from(shows_object);
        }
    }

    fn resource(
        &mut self,
        group: &str,
        resource: &str,
        subresource: &str,
    ) -> Option<&mut ResourceCoverage> {
        let joined;
        let name = if subresource.is_empty() {
            resource
        } else {
            joined = format!("{resource}/{subresource}");
            &joined
        };
        let is_known = self
            .resources
            .get(group)
            .is_some_and(|resources| resources.contains_key(name));
        if !is_known {
            if self.resource_count >= MOST_RESOURCES {
                return None;
            }
            self.resource_count += 1;
            self.resources
                .entry(group.to_owned())
                .or_default()
                .insert(name.to_owned(), ResourceCoverage::default());
        }
        self.resources.get_mut(group)?.get_mut(name)
    }

    /// How many events there were.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The first and the last time.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    /// Events without a time.
    pub fn undated(&self) -> u64 {
        self.undated
    }

    /// What each source gave.
    pub fn sources(&self) -> &BTreeMap<Source, SourceCoverage> {
        &self.sources
    }

    /// What each kind of actor did.
    pub fn actors(&self) -> &BTreeMap<ActorKind, ActorCoverage> {
        &self.actors
    }

    /// What was done to each resource, as (group, resource with subresource, counts), most events first.
    pub fn resources(&self) -> Vec<(&str, &str, ResourceCoverage)> {
        let mut resources: Vec<_> = self
            .resources
            .iter()
            .flat_map(|(group, resources)| {
                resources
                    .iter()
                    .map(|(resource, seen)| (group.as_str(), resource.as_str(), *seen))
            })
            .collect();
        // Stable: names decide between equals.
        resources.sort_by_key(|(_, _, seen)| std::cmp::Reverse(seen.reads + seen.writes));
        resources
    }

    /// The longest time without any event, from its first minute to behind its last one.
    ///
    /// An API server talks to itself all the time: minutes without an event are minutes without a log,
    /// or under a policy that drops nearly everything.
    pub fn longest_silence(&self) -> Option<(Timestamp, Timestamp)> {
        let silences = self.minutes.iter().zip(self.minutes.iter().skip(1));
        let (before, after) = silences
            .filter(|(before, after)| *after - *before > 1)
            .max_by_key(|(before, after)| (*after - *before, -**before))?;
        let time = |minute: i64| Timestamp::from_second(minute * 60).ok();
        Some((time(before + 1)?, time(*after)?))
    }

    /// Minutes between the first and the last event, and how many of them have events.
    pub fn minutes(&self) -> (u64, u64) {
        let all = match (self.minutes.first(), self.minutes.last()) {
            (Some(first), Some(last)) => u64::try_from(last - first + 1).unwrap_or(0),
            _ => 0,
        };
        (all, self.minutes.len() as u64)
    }

    /// What this log cannot show, the gravest first.
    pub fn blind_spots(&self) -> Vec<BlindSpot> {
        blind_spot::all(self)
    }
}

#[cfg(test)]
mod tests;
