//! The rules over a stream of events.
//!
//! ```text
//!  Event ─► once per request ─► dispatch ─► outcome ─► needs ─► rule ─► Detection
//!                                                        └────► not evaluable, counted
//! ```

use std::borrow::Cow;
use std::cell::OnceCell;

use catseye_event::{Aspect, Event, Fidelity};
use catseye_model::Inventory;
use catseye_rules::RuleSet;
use jiff::Timestamp;

use super::call::Call;
use super::client::Clients;
use super::config::Config;
use super::coverage::{Coverage, RuleCoverage};
use super::dispatch::Dispatch;
use super::found::Found;
use super::memory::Memory;
use super::rule::{End, Given, Rule, Run};
use super::verbs::WRITE;
use crate::detection::{Detection, Target};
use crate::requests::Requests;
use crate::user_rule::UserRules;

/// All rules, with what they remember.
#[derive(Debug)]
pub struct Rules {
    judged: Vec<&'static Rule>,
    dispatch: Dispatch,
    config: Config,
    memory: Memory,
    counts: Vec<RuleCoverage>,
    requests: Requests,
    clients: Clients,
    clock: Timestamp,
    events: u64,
    dry_runs: u64,
    found: Found,
    user: Option<UserRules>,
}

impl Rules {
    /// Every rule there is.
    pub fn new(config: Config) -> Self {
        Self::of(super::all(), config)
    }

    /// These rules only.
    pub fn of(rules: impl IntoIterator<Item = &'static Rule>, config: Config) -> Self {
        let rules: Vec<&'static Rule> = rules.into_iter().collect();
        let lacks = |rule: &&'static Rule| config.lacks(rule);
        let counts = rules.iter().map(|rule| RuleCoverage {
            lacks: lacks(rule),
            ..RuleCoverage::default()
        });
        Rules {
            dispatch: Dispatch::new(&rules, |rule| lacks(&rule).is_none()),
            counts: counts.collect(),
            judged: rules,
            config,
            memory: Memory::default(),
            requests: Requests::default(),
            clients: Clients::default(),
            clock: Timestamp::UNIX_EPOCH,
            events: 0,
            dry_runs: 0,
            found: Found::default(),
            user: None,
        }
    }

    /// These rules, and those that a user brings.
    #[must_use]
    pub fn with_user_rules(mut self, set: RuleSet) -> Self {
        self.user = Some(UserRules::new(set));
        self
    }

    /// The rules that a user brought, and how they fared.
    pub fn user_rules(&self) -> Option<&UserRules> {
        self.user.as_ref()
    }

    /// Judges an event. Each request is judged once, at the first stage that tells its outcome; only
    /// user rules that ask for the stage see all of them.
    pub fn observe(&mut self, event: &Event<'_>, inventory: Option<&Inventory>) -> Vec<Detection> {
        let once = self.requests.is_first_outcome(event);
        let time = event.time().unwrap_or(self.clock);
        self.clock = time;
        let mut detections = match &mut self.user {
            Some(user) => user.observe(event, once, time),
            None => Vec::new(),
        };
        if !once {
            return detections;
        }
        self.events += 1;
        let Rules {
            judged: rules,
            dispatch,
            config,
            memory,
            counts,
            found,
            clients,
            ..
        } = self;
        let client = clients.marks(event.user_agent());
        let call = Call::new(event, time, inventory, config, client);
        let dry_run = WRITE.meets(call.verb) && call.is_dry_run();
        self.dry_runs += u64::from(dry_run);
        let mut shown = None;
        let view = OnceCell::new();
        let target = (call.resource(), event.subresource(), event.api_group());
        // What is never kept has not succeeded.
        let end = match call.end() {
            End::Succeeded if dry_run => End::Failed,
            end => end,
        };
        for &index in dispatch.rules(call.verb, target, end) {
            let (rule, count) = (rules[index], &mut counts[index]);
            if inventory.is_none() && rule.given.contains(&Given::Inventory) {
                count.not_evaluable += 1;
                count.lacks = Some(Given::Inventory);
                continue;
            }
            if !rule.needs.is_empty() {
                let shown = *shown.get_or_insert_with(|| event.fidelity());
                let missing = missing(rule, shown, &call);
                if missing != Fidelity::NONE {
                    count.missed(missing);
                    continue;
                }
            }
            count.judged += 1;
            found.clear();
            match rule.run {
                Run::Call(run) => run(&call, found),
                Run::Sequence(run) => {
                    run(
                        &call,
                        &mut memory.window(rule.id, time.as_microsecond()),
                        found,
                    );
                }
                Run::Pod(run) => {
                    // The control plane makes pods of templates whose own writing was judged.
                    let pod = || view.get_or_init(|| call.pod()).as_ref();
                    if !call.is_control_plane()
                        && let Some(pod) = pod()
                    {
                        run(pod, &call, found);
                    }
                }
            }
            if found.is_match() {
                count.fired += 1;
                detections.push(detection(rule, &call, found));
            }
        }
        detections
    }

    /// What the rules could and could not judge so far.
    pub fn coverage(&self) -> Coverage {
        Coverage {
            events: self.events,
            dry_runs: self.dry_runs,
            rules: self
                .judged
                .iter()
                .zip(&self.counts)
                .map(|(rule, count)| (*rule, *count))
                .collect(),
        }
    }
}

/// What the rule needs and the event does not show.
fn missing(rule: &Rule, shown: Fidelity, call: &Call<'_, '_>) -> Fidelity {
    let mut missing = shown.missing(Fidelity::of(rule.needs));
    // Where the log left the request's body out, the answer's stands in.
    if missing.has(Aspect::RequestBody) && call.has_body() {
        missing = missing.without(Aspect::RequestBody);
    }
    // GKE has no URI, and says in a body what the query would say.
    if rule.needs.contains(&Aspect::RequestUri) {
        missing = if call.event.request_uri().is_empty() && !call.has_body() {
            missing.with(Aspect::RequestUri)
        } else {
            missing.without(Aspect::RequestUri)
        };
    }
    missing
}

fn detection(rule: &'static Rule, call: &Call<'_, '_>, found: &mut Found) -> Detection {
    let event = call.event;
    Detection {
        rule: Cow::Borrowed(rule.id),
        title: Cow::Borrowed(rule.title()),
        severity: found.severity.unwrap_or(rule.severity),
        tactic: rule.tactic,
        technique: Cow::Borrowed(rule.technique),
        actor: call.user().to_owned(),
        impersonator: event
            .impersonated_user()
            .map(|_| event.user().username.as_str().to_owned()),
        target: Target {
            verb: event.verb().to_owned(),
            resource: call.resource().to_owned(),
            subresource: event.subresource().to_owned(),
            namespace: call.namespace().to_owned(),
            name: call.name().to_owned(),
        },
        event: event.audit_id().to_owned(),
        time: call.time,
        message: std::mem::take(&mut found.messages).join("; "),
        evidence: std::mem::take(&mut found.evidence),
    }
}
