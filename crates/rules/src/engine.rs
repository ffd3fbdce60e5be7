//! Rules asked of a stream of events.

use catseye_event::{Event, Fidelity};

use crate::correlation::{Input, Window};
use crate::dispatch::Dispatch;
use crate::load::RuleSet;
use crate::predicate::Truth;
use crate::rule::About;

/// No match needs more fields to be believed.
const EVIDENCE: usize = 8;

/// A set of rules with what it remembers.
#[derive(Debug)]
pub struct Engine {
    set: RuleSet,
    dispatch: Dispatch,
    counts: Vec<Count>,
    correlated: Vec<u64>,
    windows: Vec<Window>,
    candidates: Vec<usize>,
}

/// How one rule fared.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// Events that it was asked about.
    pub judged: u64,
    /// Events that it fits.
    pub matched: u64,
    /// Events that do not show enough to tell.
    pub not_evaluable: u64,
    /// What they lack.
    pub missing: Fidelity,
}

/// A rule fits an event, or an event completes a correlation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Which one: [`Engine::about`] tells more.
    pub by: Input,
    /// The sentence that the rule brings, filled in; of a correlation, what it counted.
    pub message: Option<String>,
    /// The fields that show it, with their values.
    pub evidence: Vec<(String, String)>,
}

impl Engine {
    /// The rules of a set, and nothing remembered.
    pub fn new(set: RuleSet) -> Self {
        let count = Count {
            judged: 0,
            matched: 0,
            not_evaluable: 0,
            missing: Fidelity::NONE,
        };
        Engine {
            dispatch: Dispatch::new(set.rules.iter().map(|rule| &rule.predicate)),
            counts: vec![count; set.rules.len()],
            correlated: vec![0; set.correlations.len()],
            windows: set.correlations.iter().map(|_| Window::default()).collect(),
            candidates: Vec::new(),
            set,
        }
    }

    /// Asks the rules that can be true of the event. Rules that do not look at the stage are asked only
    /// when the event is the one by which its request is judged (`once`). `now` is the event's time in
    /// microseconds.
    pub fn observe(&mut self, event: &Event<'_>, once: bool, now: i64) -> Vec<Hit> {
        let Engine {
            set,
            dispatch,
            counts,
            correlated,
            windows,
            candidates,
        } = self;
        let call = [event.verb(), event.resource(), event.subresource()];
        dispatch.rules(call, candidates);
        let mut hits = Vec::new();
        if candidates.is_empty() {
            return hits;
        }
        let shown = event.fidelity();
        let mut matched: Vec<Input> = Vec::new();
        for index in candidates.iter().copied() {
            let (Some(rule), Some(count)) = (set.rules.get(index), counts.get_mut(index)) else {
                continue;
            };
            if !once && !rule.reads_stage {
                continue;
            }
            match rule.predicate.ask(event, shown) {
                Truth::False => count.judged += 1,
                Truth::Unknown(missing) => {
                    count.not_evaluable += 1;
                    count.missing = missing.aspects().fold(count.missing, Fidelity::with);
                }
                Truth::True => {
                    count.judged += 1;
                    count.matched += 1;
                    matched.push(Input::Rule(index));
                    if rule.alerts {
                        let mut evidence = Vec::new();
                        rule.predicate.evidence(event, shown, &mut evidence);
                        evidence.truncate(EVIDENCE);
                        hits.push(Hit {
                            by: Input::Rule(index),
                            message: rule.output.as_ref().map(|output| output.fill(event)),
                            evidence,
                        });
                    }
                }
            }
        }
        if matched.is_empty() {
            return hits;
        }
        // A correlation comes after what it is made of, so one pass is enough.
        for (index, correlation) in set.correlations.iter().enumerate() {
            let (Some(window), Some(count)) = (windows.get_mut(index), correlated.get_mut(index))
            else {
                continue;
            };
            let mut completed = None;
            for input in correlation.fed_by(&matched) {
                completed = completed.or(correlation.note(window, input, event, now));
            }
            let Some(completed) = completed else { continue };
            *count += 1;
            matched.push(Input::Correlation(index));
            if correlation.alerts {
                hits.push(Hit {
                    by: Input::Correlation(index),
                    message: Some(correlation.told(completed.count)),
                    evidence: completed.group,
                });
            }
        }
        hits
    }

    /// What is said of a rule or a correlation.
    pub fn about(&self, by: Input) -> Option<&About> {
        match by {
            Input::Rule(index) => self.set.rules.get(index).map(|rule| &rule.about),
            Input::Correlation(index) => self.set.correlations.get(index).map(|it| &it.about),
        }
    }

    /// The rules and correlations.
    pub fn set(&self) -> &RuleSet {
        &self.set
    }

    /// How each rule fared, in the order of the set.
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    /// How often each correlation came true, in the order of the set.
    pub fn correlated(&self) -> &[u64] {
        &self.correlated
    }

    /// How many groups correlations have forgotten because there were too many.
    pub fn forgotten(&self) -> u64 {
        self.windows.iter().map(|window| window.forgotten).sum()
    }
}
