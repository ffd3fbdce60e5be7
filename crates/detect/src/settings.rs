//! `[audit]` of `catseye.toml`: what an operator tells about a cluster, read and checked.
//!
//! A key that is not known, or an address that is none, is refused with its line: a misspelt list of
//! deployers would otherwise be no list.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};

use crate::audit::{self, NoPrefix, Prefixes};
use crate::baseline::{self, Networks};
use crate::incident;
use crate::intel::Intel;

/// Everything that can be set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What the rules are told.
    pub rules: audit::Config,
    /// What the baseline is told and allowed.
    pub baseline: baseline::Config,
    /// When incidents begin and end.
    pub incidents: incident::Config,
    /// Files with malicious addresses, one a line; whoever reads files adds them by
    /// [`Settings::add_malicious`].
    pub malicious_files: Vec<String>,
    /// Files with anonymising proxies; see [`Settings::add_anonymisers`].
    pub anonymisers_files: Vec<String>,
    /// Lists of bad addresses and domains for what happens on the nodes; whoever reads files fills them
    /// from [`Settings::intel_files`].
    pub intel: Intel,
    /// Their files.
    pub intel_files: Vec<String>,
}

/// A line of a list that is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {source}")]
pub struct InvalidList {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub source: NoPrefix,
}

/// The whole file, of which only one table is ours.
#[derive(Deserialize, Default)]
#[serde(default)]
struct File {
    audit: Audit,
    runtime: Runtime,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Runtime {
    intel_files: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct Audit {
    malicious: Addresses,
    malicious_files: Vec<String>,
    anonymisers: Addresses,
    anonymisers_files: Vec<String>,
    nodes: Addresses,
    deployers: Vec<String>,
    break_glass: Vec<String>,
    expected_nodes: Vec<String>,
    networks: BTreeMap<String, Addresses>,
    baseline: BaselineSettings,
    incidents: IncidentSettings,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct BaselineSettings {
    most_actors: Option<usize>,
    mature_days: Option<u16>,
    mature_calls: Option<u64>,
    dormant_days: Option<u16>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct IncidentSettings {
    quiet_hours: Option<u16>,
    longest_hours: Option<u16>,
    session_gap_minutes: Option<u16>,
}

/// A list of addresses and prefixes.
#[derive(Default)]
struct Addresses(Prefixes);

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let prefixes = Prefixes::read(texts.iter().map(String::as_str));
        prefixes.map(Addresses).map_err(serde::de::Error::custom)
    }
}

impl Settings {
    /// Reads `catseye.toml`; everything but `[audit]` and `[runtime]` is left to others.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let File { audit, runtime } = toml::from_str(text)?;
        let mut settings = Settings {
            rules: audit::Config {
                malicious: audit.malicious.0,
                anonymisers: audit.anonymisers.0,
                nodes: audit.nodes.0,
                deployers: audit.deployers,
                break_glass: audit.break_glass,
                expected_nodes: audit.expected_nodes,
            },
            malicious_files: audit.malicious_files,
            anonymisers_files: audit.anonymisers_files,
            intel_files: runtime.intel_files,
            ..Settings::default()
        };
        let BaselineSettings {
            most_actors,
            mature_days,
            mature_calls,
            dormant_days,
        } = audit.baseline;
        let known = &mut settings.baseline;
        known.networks = audit
            .networks
            .into_iter()
            .map(|(name, addresses)| (name, addresses.0))
            .collect::<Networks>();
        known.most_actors = most_actors.unwrap_or(known.most_actors).max(1);
        known.mature_days = mature_days.unwrap_or(known.mature_days);
        known.mature_calls = mature_calls.unwrap_or(known.mature_calls);
        known.dormant_days = dormant_days.unwrap_or(known.dormant_days);
        let IncidentSettings {
            quiet_hours,
            longest_hours,
            session_gap_minutes,
        } = audit.incidents;
        let when = &mut settings.incidents;
        let hours = |hours: u16| SignedDuration::from_hours(i64::from(hours));
        when.quiet = quiet_hours.map_or(when.quiet, hours);
        when.longest = longest_hours.map_or(when.longest, hours);
        when.session_gap = session_gap_minutes.map_or(when.session_gap, |minutes| {
            SignedDuration::from_mins(i64::from(minutes))
        });
        Ok(settings)
    }

    /// Adds a list of malicious addresses: one a line, `#` begins a comment.
    pub fn add_malicious(&mut self, list: &str) -> Result<(), InvalidList> {
        add(&mut self.rules.malicious, list)
    }

    /// Adds a list of anonymising proxies, alike.
    pub fn add_anonymisers(&mut self, list: &str) -> Result<(), InvalidList> {
        add(&mut self.rules.anonymisers, list)
    }
}

fn add(to: &mut Prefixes, list: &str) -> Result<(), InvalidList> {
    for (number, line) in list.lines().enumerate() {
        let text = line.split(['#', ';']).next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        to.add(text).map_err(|source| InvalidList {
            line: number + 1,
            source,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_says_who_delivers_and_where_its_offices_are() {
        let settings = Settings::from_toml(
            "kubernetes-version = '1.34'\n[audit]\ndeployers = ['ci-*']\nmalicious = ['203.0.113.0/24']\n\
             [audit.networks]\noffice = ['198.51.100.0/24', '2001:db8::/32']\n\
             [audit.incidents]\nquiet-hours = 2\n",
        )
        .unwrap();
        assert_eq!(settings.rules.deployers, ["ci-*"]);
        assert!(!settings.rules.malicious.is_empty());
        assert_eq!(settings.incidents.quiet, SignedDuration::from_hours(2));
        let networks = &settings.baseline.networks;
        assert_eq!(networks.of("198.51.100.7".parse().unwrap()), Some("office"));
        assert_eq!(networks.of("198.51.101.7".parse().unwrap()), None);
    }

    #[test]
    fn a_misspelt_key_and_a_wrong_address_are_refused_with_the_line() {
        let reason = |text| Settings::from_toml(text).unwrap_err().to_string();
        let misspelt = reason("[audit]\n\ndeployer = ['ci']\n");
        assert!(
            misspelt.contains("line 3") && misspelt.contains("deployers"),
            "{misspelt}"
        );
        let wrong = reason("[audit]\nmalicious = ['10.0.0.0/33']\n");
        assert!(
            wrong.contains("line 2") && wrong.contains("10.0.0.0/33"),
            "{wrong}"
        );
    }

    #[test]
    fn a_list_may_hold_comments_and_says_which_line_is_wrong() {
        let mut settings = Settings::default();
        settings
            .add_malicious("# tor\n192.0.2.1 # an exit\n\n2001:db8::/32\n")
            .unwrap();
        assert!(
            settings
                .rules
                .malicious
                .contain("192.0.2.1".parse().unwrap())
        );
        let refused = settings
            .add_anonymisers("192.0.2.1\nexit.example\n")
            .unwrap_err();
        assert_eq!(refused.line, 2);
    }
}
