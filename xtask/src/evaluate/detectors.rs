//! Three detectors over the same events.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Result;
use catseye_detect::baseline::{self, Baseline, actor_name};
use catseye_detect::incident::{Config, Incident, Trust, Watch};
use catseye_detect::{Rules, audit};
use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_model::Severity;
use jiff::Timestamp;

use super::log::for_each_event;

/// A new term is one that was not seen for so long.
const TERM_SECONDS: i64 = 7 * 86_400;

/// Something that a person would be shown.
#[derive(Debug, Clone)]
pub(super) struct Alert {
    /// When it could first be shown.
    pub(super) time: Timestamp,
    /// What alerts of a day are ranked by, greatest first.
    pub(super) rank: (Severity, f32),
    /// Whether it is shown without a budget.
    pub(super) shown: bool,
    /// The audit ids of its evidence, each with when it came and how many requests had come by then.
    pub(super) events: BTreeMap<String, (Timestamp, u64)>,
}

/// A detector and what it says.
#[derive(Debug)]
pub(super) struct Detector {
    pub(super) name: &'static str,
    pub(super) alerts: Vec<Alert>,
}

/// What a log is.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) requests: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    /// When each request came, and how many had come by then.
    pub(super) places: BTreeMap<String, (Timestamp, u64)>,
}

impl Facts {
    /// Days, at least one.
    pub(super) fn days(&self) -> i64 {
        let seconds = self.last.as_second() - self.first.as_second();
        ((seconds + 43_200) / 86_400).max(1)
    }
}

/// What was learned from the days before.
pub(super) struct Trained {
    baseline: Baseline,
    terms: Terms,
}

#[derive(Debug)]
pub(super) struct Judged {
    pub(super) facts: Facts,
    pub(super) detectors: Vec<Detector>,
    /// The incidents that are shown.
    pub(super) incidents: Vec<Incident>,
}

impl Trained {
    pub(super) fn on(logs: &[PathBuf]) -> Result<Self> {
        let config = Config {
            trust: Trust::All,
            ..Config::default()
        };
        let mut watch = Watch::new(config, Baseline::new(baseline::Config::default()));
        let mut rules = Rules::new(audit::Config::default());
        let mut terms = Terms::default();
        for log in logs {
            for_each_event(log, &mut |event| {
                let detections = rules.observe(event, None);
                watch.observe(event, &detections);
                terms.new_in(event);
            })?;
        }
        Ok(Trained {
            baseline: watch.finish().1,
            terms,
        })
    }
}

pub(super) fn judge(trained: &Trained, logs: &[PathBuf]) -> Result<Judged> {
    let mut watch = Watch::new(Config::default(), trained.baseline.clone());
    let mut rules = Rules::new(audit::Config::default());
    let mut terms = trained.terms.clone();
    let mut facts = Facts {
        requests: 0,
        first: Timestamp::MAX,
        last: Timestamp::MIN,
        places: BTreeMap::new(),
    };
    let mut of_incidents: BTreeMap<String, BTreeMap<String, (Timestamp, u64)>> = BTreeMap::new();
    let mut of_rules: BTreeMap<(i64, String, String), Alert> = BTreeMap::new();
    let mut of_terms: BTreeMap<(i64, String), Alert> = BTreeMap::new();
    for log in logs {
        for_each_event(log, &mut |event| {
            let Some(time) = event.time() else { return };
            let id = event.audit_id().to_owned();
            if !facts.places.contains_key(&id) {
                facts.requests += 1;
            }
            facts.first = facts.first.min(time);
            facts.last = facts.last.max(time);
            let place = *facts
                .places
                .entry(id.clone())
                .or_insert((time, facts.requests));
            let day = time.as_second().div_euclid(86_400);
            let detections = rules.observe(event, None);
            for detection in &detections {
                let key = (
                    day,
                    detection.rule.to_string(),
                    actor_name(event).into_owned(),
                );
                let alert = of_rules.entry(key).or_insert_with(|| alert(time));
                alert.rank.0 = alert.rank.0.max(detection.severity);
                alert.shown = alert.rank.0 >= Severity::Medium;
                alert.events.insert(id.clone(), place);
            }
            if terms.new_in(event) {
                let key = (day, actor_name(event).into_owned());
                let alert = of_terms.entry(key).or_insert_with(|| alert(time));
                alert.rank.1 += 1.0;
                alert.shown = true;
                alert.events.insert(id.clone(), place);
            }
            if let Some(outcome) = watch.observe(event, &detections) {
                let events = of_incidents.entry(outcome.incident).or_default();
                events.insert(id, place);
            }
        })?;
    }
    let (incidents, _) = watch.finish();
    let catseye = incidents
        .iter()
        .map(|incident| Alert {
            time: incident.known_since,
            rank: (incident.severity, incident.score),
            shown: incident.severity >= Severity::Medium,
            events: of_incidents.remove(&incident.id).unwrap_or_default(),
        })
        .collect();
    let detector = |name, alerts: Vec<Alert>| Detector { name, alerts };
    Ok(Judged {
        facts,
        detectors: vec![
            detector("catseye", catseye),
            detector("stateless rules alone", of_rules.into_values().collect()),
            detector("new terms, 7 days", of_terms.into_values().collect()),
        ],
        incidents: incidents
            .into_iter()
            .filter(|incident| incident.severity >= Severity::Medium)
            .collect(),
    })
}

fn alert(time: Timestamp) -> Alert {
    Alert {
        time,
        rank: (Severity::Info, 0.0),
        shown: false,
        events: BTreeMap::new(),
    }
}

/// What a common detector remembers: (actor, program, address) and (actor, action), for seven days.
#[derive(Debug, Clone, Default)]
struct Terms {
    seen: BTreeMap<(String, String), i64>,
    first: Option<i64>,
    ids: BTreeSet<String>,
}

impl Terms {
    /// True when the event shows a term that was not seen for seven days; not on the first day, when
    /// everything would.
    fn new_in(&mut self, event: &Event<'_>) -> bool {
        let Some(time) = event.time() else {
            return false;
        };
        if event.stage() == Stage::RequestReceived || !self.ids.insert(event.audit_id().to_owned())
        {
            return false;
        }
        let now = time.as_second();
        let first = *self.first.get_or_insert(now);
        let actor = actor_name(event).into_owned();
        let place = format!(
            "{} {}",
            event.user_agent(),
            event.claimed_ip().unwrap_or_default()
        );
        let action = format!(
            "{} {}/{}",
            event.verb(),
            event.resource(),
            event.subresource()
        );
        let mut new = false;
        for term in [place, action] {
            let last = self.seen.insert((actor.clone(), term), now);
            new |= last.is_none_or(|last| now - last > TERM_SECONDS);
        }
        new && now - first > 86_400
    }
}
