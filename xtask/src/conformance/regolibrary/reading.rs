//! Which of our checks answers a rule (`readings.toml`), and why none does.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use catseye_checks::Config;
use catseye_model::Completeness;
use catseye_policy::glob;
use serde::Deserialize;

use super::rule::Rule;

/// All readings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Readings {
    /// By name of the rule, or by a pattern of names.
    rules: BTreeMap<String, Reading>,
    /// Rules that are none of our posture checks' business.
    beyond: Vec<Beyond>,
}

/// How we read a rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Reading {
    /// Ids of the checks that answer it together.
    pub(super) checks: Vec<String>,
    /// Patterns of the paths that it means; empty for all that the checks name.
    pub(super) places: Vec<String>,
    /// True when the rule and we name different fields for the same fault.
    pub(super) objects_only: bool,
    /// True when an alert names several fields of one fault, of which we name one.
    pub(super) one_of: bool,
    /// How much of a cluster a case is.
    whole: Whole,
    /// The configuration under which the checks say what the rule says.
    pub(super) config: Config,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Whole {
    #[default]
    Cluster,
    Tree,
}

/// Rules that we do not judge here.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beyond {
    reason: String,
    /// Patterns of their names.
    rules: Vec<String>,
}

impl Readings {
    pub(super) fn load() -> Result<Self> {
        toml::from_str(include_str!("readings.toml")).context("reading readings.toml")
    }

    /// How we read a rule, known by either of its names.
    pub(super) fn of(&self, rule: &Rule) -> Option<&Reading> {
        let names = [&rule.folder, &rule.name];
        let exact = names.iter().find_map(|name| self.rules.get(*name));
        exact.or_else(|| {
            let mut readings = self.rules.iter();
            readings
                .find(|(pattern, _)| names.iter().any(|name| glob::matches(pattern, name)))
                .map(|(_, reading)| reading)
        })
    }

    /// Why a rule has no reading, if that is meant.
    pub(super) fn reason_beyond(&self, rule: &Rule) -> Option<&str> {
        let named = self.beyond.iter().find(|beyond| {
            beyond.rules.iter().any(|pattern| {
                glob::matches(pattern, &rule.folder) || glob::matches(pattern, &rule.name)
            })
        });
        if let Some(beyond) = named {
            Some(&beyond.reason)
        } else if rule.judges_reports_alone() {
            Some("judges reports about nodes or clouds, which are no manifests")
        } else if rule.judges_group_alone("rbac.authorization.k8s.io") {
            Some("judges who may do what, which is evaluated apart from the posture checks")
        } else if rule.judges_kind_alone("PodSecurityPolicy") {
            Some("PodSecurityPolicy is gone since Kubernetes 1.25")
        } else {
            None
        }
    }
}

impl Reading {
    pub(super) fn completeness(&self) -> Completeness {
        match self.whole {
            Whole::Cluster => Completeness::Cluster,
            Whole::Tree => Completeness::Tree,
        }
    }

    /// True for paths that the rule means.
    pub(super) fn means(&self, path: &str) -> bool {
        let mut patterns = self.places.iter().peekable();
        patterns.peek().is_none() || patterns.any(|pattern| glob::matches(pattern, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_of_a_reading_exists() {
        let readings = Readings::load().unwrap();
        for (rule, reading) in &readings.rules {
            assert!(!reading.checks.is_empty(), "{rule}");
            for id in &reading.checks {
                assert!(catseye_checks::find(id).is_some(), "{rule}: {id}");
            }
        }
    }
}
