//! Files of rules, told apart by what is in them, as one set that is ready to be asked.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::yaml;

use crate::correlation::{Correlation, Input};
use crate::place::Place;
use crate::problem::{Level, Problem};
use crate::rule::Rule;
use crate::sigma::{Key, Unresolved};
use crate::{falco, kaudit, never, sigma};

/// A file of rules.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name, for messages.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Rules that can be asked, and what is wrong with those that cannot.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    /// Rules about single events.
    pub rules: Vec<Rule>,
    /// Rules about several events; each comes after those that it is made of.
    pub correlations: Vec<Correlation>,
    /// What is wrong, by file and line.
    pub problems: Vec<Problem>,
}

impl RuleSet {
    /// Reads files, in their order: Falco's later files add to its earlier ones.
    pub fn load(sources: &[Source]) -> Self {
        let mut set = RuleSet::default();
        let mut book = falco::Book::default();
        let mut policies = kaudit::Policies::default();
        let mut read = Vec::new();
        let mut unresolved = Vec::new();
        for source in sources {
            for document in yaml::documents(&source.text) {
                let place = Place::new(&source.name, &source.text, &document);
                for warning in &document.warnings {
                    set.problem(&source.name, warning.line, Level::Warning, &warning.message);
                }
                let content = match &document.content {
                    Ok(content) => content,
                    Err(err) => {
                        let message = format!("{}; {}", err.found, err.expected);
                        set.problem(&source.name, err.line, Level::Error, &message);
                        continue;
                    }
                };
                if content.is_null() {
                    continue;
                }
                if falco::is_rules(content) {
                    book.read(&place, content);
                } else if kaudit::is_policy(content) {
                    policies.read(&place, content);
                } else if content.get("correlation").is_some() {
                    unresolved.extend(sigma::read_correlation(&place, content, &mut set.problems));
                } else if sigma::is_rule(content) {
                    read.extend(sigma::read(&place, content, &mut set.problems));
                } else {
                    set.problem(&source.name, document.line, Level::Error, UNKNOWN);
                }
            }
        }
        let mut names = BTreeMap::new();
        for sigma in read {
            if let Some(index) = set.admit(sigma.rule) {
                names.extend(
                    sigma
                        .names
                        .into_iter()
                        .map(|name| (name, Input::Rule(index))),
                );
            }
        }
        for (rules, problems) in [book.compile(), policies.compile()] {
            set.problems.extend(problems);
            for rule in rules {
                set.admit(rule);
            }
        }
        set.resolve(unresolved, names);
        set.problems.sort();
        set.problems.dedup();
        set
    }

    /// True when a file or a rule could not be used.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|it| it.level == Level::Error)
    }

    fn problem(&mut self, file: &str, line: usize, level: Level, message: &str) {
        self.problems.push(Problem {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            level,
            rule: None,
            message: message.to_owned(),
        });
    }

    /// Takes a rule in, unless no event can fit it; its place.
    fn admit(&mut self, rule: Rule) -> Option<usize> {
        let about = &rule.about;
        let mut report = |level: Level, line: u32, message: String| {
            self.problems.push(Problem {
                file: about.file.clone(),
                line: if line == 0 { about.line } else { line },
                level,
                rule: Some(about.title.clone()),
                message,
            });
        };
        let verdict = never::judge(&rule.predicate);
        if let Some(reasons) = verdict.never {
            if verdict.is_off {
                let message = "passed over: its macros and lists leave nothing that it could fit; override them to use it";
                report(Level::Note, 0, message.to_owned());
                return None;
            }
            let line = reasons.first().map_or(0, |reason| reason.line);
            let mut why: Vec<String> = reasons.into_iter().map(|reason| reason.why).collect();
            why.dedup();
            why.truncate(3);
            let why = if why.is_empty() {
                "its condition contradicts itself".to_owned()
            } else {
                why.join("; ")
            };
            report(Level::Error, line, format!("it can never be true: {why}"));
            return None;
        }
        for reason in verdict.idle {
            report(
                Level::Warning,
                reason.line,
                format!("a part of it does nothing: {}", reason.why),
            );
        }
        self.rules.push(rule);
        Some(self.rules.len() - 1)
    }

    /// Finds the rules that correlations name, until no more can be found.
    fn resolve(&mut self, mut open: Vec<Unresolved>, mut names: BTreeMap<String, Input>) {
        let mut quiet = BTreeSet::new();
        let mut loud = BTreeSet::new();
        loop {
            let (ready, rest): (Vec<_>, Vec<_>) = open
                .into_iter()
                .partition(|it| it.rules.iter().all(|name| names.contains_key(name)));
            let is_done = ready.is_empty();
            for it in ready {
                let inputs: Vec<Input> = it
                    .rules
                    .iter()
                    .filter_map(|name| names.get(name).copied())
                    .collect();
                let heard = if it.generate { &mut loud } else { &mut quiet };
                heard.extend(inputs.iter().copied());
                let group_by = it
                    .rules
                    .iter()
                    .map(|rule| it.group_by.iter().map(|key| key.of(rule)).collect())
                    .collect();
                let index = Input::Correlation(self.correlations.len());
                names.extend(it.names.into_iter().map(|name| (name, index)));
                self.correlations.push(Correlation {
                    about: it.about,
                    kind: it.kind,
                    inputs,
                    group_by,
                    timespan: it.timespan,
                    bound: it.bound,
                    alerts: true,
                });
            }
            open = rest;
            if is_done {
                break;
            }
        }
        for it in open {
            let missing: Vec<&str> = it
                .rules
                .iter()
                .filter(|name| !names.contains_key(*name))
                .map(String::as_str)
                .collect();
            self.problems.push(Problem {
                file: it.about.file.clone(),
                line: it.about.line,
                level: Level::Error,
                rule: Some(it.about.title.clone()),
                message: format!(
                    "it is made of rules that are not there or cannot be used: {}",
                    missing.join(", ")
                ),
            });
        }
        for input in quiet.difference(&loud) {
            match *input {
                Input::Rule(index) => {
                    if let Some(rule) = self.rules.get_mut(index) {
                        rule.alerts = false;
                    }
                }
                Input::Correlation(index) => {
                    if let Some(correlation) = self.correlations.get_mut(index) {
                        correlation.alerts = false;
                    }
                }
            }
        }
    }
}

impl Key {
    /// The field that keeps groups apart for events of that rule.
    fn of(&self, rule: &str) -> Option<crate::field::Field> {
        match self {
            Key::Field(field) => Some(field.clone()),
            Key::Alias(fields) => fields
                .iter()
                .find(|(name, _)| name == rule)
                .map(|(_, field)| field.clone()),
        }
    }
}

const UNKNOWN: &str = "this is no rule: Sigma has `detection` or `correlation`, Falco is a list of `rule`, `macro` and `list`, kAudit a list with `conditions`";
