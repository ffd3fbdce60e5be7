//! `[gate]` of `catseye.toml`: where the gate looks, where it refuses, and who passes.

use std::collections::BTreeMap;

use catseye_model::Severity;
use catseye_policy::glob;
use serde::{Deserialize, Serialize};

use super::break_glass::BreakGlass;
use super::deny_rule::DenyRule;

/// What follows from an objection in a namespace; ordered, the last one is the strictest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing is judged.
    Off,
    /// The request passes; the objection is logged and stands in the audit annotations.
    #[default]
    Audit,
    /// The request passes; the client is warned.
    Warn,
    /// The request is refused.
    Enforce,
}

impl Mode {
    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Audit => "audit",
            Mode::Warn => "warn",
            Mode::Enforce => "enforce",
        }
    }
}

/// What the API server does while the hub does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// Requests pass, and what passed is judged afterwards: `failurePolicy: Ignore`.
    #[default]
    Open,
    /// Requests are refused: `failurePolicy: Fail`.
    Closed,
}

impl Failure {
    /// The value of `failurePolicy`.
    pub fn policy(self) -> &'static str {
        match self {
            Failure::Open => "Ignore",
            Failure::Closed => "Fail",
        }
    }
}

/// Who and what is never judged, beside what [never may be](super::exemption).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Exempt {
    /// Namespaces, may hold `*`.
    pub namespaces: Vec<String>,
    /// User names, may hold `*`.
    pub users: Vec<String>,
    /// Groups, whole.
    pub groups: Vec<String>,
}

/// Which images are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Images {
    /// Registries or repositories that images may come from, matched by whole host and path segments;
    /// all, when there are none.
    pub allowed: Vec<String>,
    /// Images must be named by digest.
    pub digests: bool,
    /// Registries or repositories whose images must carry a signature of one of the keys.
    pub signed: Vec<String>,
    /// Files with public keys, PEM: ECDSA P-256 or Ed25519.
    pub keys: Vec<String>,
    /// Files with signatures, as `cosign download signature IMAGE` prints them.
    pub signatures: Vec<String>,
}

/// The whole section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Config {
    /// What follows from an objection, where no namespace says otherwise.
    pub mode: Mode,
    /// Modes of namespaces; names may hold `*`, the longest that fits counts. Cluster-scoped objects
    /// have the mode above.
    pub namespaces: BTreeMap<String, Mode>,
    /// What the API server does while the hub does not answer; written into the webhook.
    pub fail: Failure,
    /// Findings of checks count from this severity on.
    pub severity: Severity,
    /// Checks that count whatever their severity is, by id.
    pub checks: Vec<String>,
    /// Checks that never count, by id.
    pub passed_over: Vec<String>,
    /// Files or folders with admission policies and bindings.
    pub policies: Vec<String>,
    /// A file with exceptions, as `catseye scan --exceptions` takes it.
    pub exceptions: Option<String>,
    /// Who and what is never judged.
    pub exempt: Exempt,
    /// Who may pass in an emergency.
    pub break_glass: BreakGlass,
    /// Which images are trusted.
    pub images: Images,
    /// Rules over who does what.
    pub deny: Vec<DenyRule>,
    /// How often what is there is judged again, in minutes; 0 for never.
    pub recheck_minutes: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            mode: Mode::default(),
            namespaces: BTreeMap::new(),
            fail: Failure::default(),
            severity: Severity::High,
            checks: Vec::new(),
            passed_over: Vec::new(),
            policies: Vec::new(),
            exceptions: None,
            exempt: Exempt::default(),
            break_glass: BreakGlass::default(),
            images: Images::default(),
            deny: Vec::new(),
            recheck_minutes: 10,
        }
    }
}

/// A value that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[gate] {field}: {message}")]
pub struct InvalidConfig {
    /// The key.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl InvalidConfig {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        InvalidConfig {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl Config {
    /// Reads the section from the text of a whole `catseye.toml`; `None` where there is none.
    pub fn read(text: &str) -> Result<Option<Self>, InvalidConfig> {
        let table: toml::Table =
            toml::from_str(text).map_err(|err| InvalidConfig::new("", err.message()))?;
        let Some(section) = table.get("gate") else {
            return Ok(None);
        };
        let config: Config = section
            .clone()
            .try_into()
            .map_err(|err: toml::de::Error| InvalidConfig::new("", err.message()))?;
        config.checked().map(Some)
    }

    fn checked(self) -> Result<Self, InvalidConfig> {
        for (field, ids) in [("checks", &self.checks), ("passed-over", &self.passed_over)] {
            for id in ids {
                if catseye_checks::find(id).is_none() {
                    let message =
                        format!("{id:?} is no check: `catseye checks` lists them with their ids");
                    return Err(InvalidConfig::new(field, message));
                }
            }
        }
        if !self.images.signed.is_empty() && self.images.keys.is_empty() {
            let message = "name the files of the public keys that sign";
            return Err(InvalidConfig::new("images.keys", message));
        }
        for rule in &self.deny {
            rule.checked()?;
        }
        Ok(self)
    }

    /// The mode of a namespace; of cluster-scoped objects for the empty name.
    pub fn mode_of(&self, namespace: &str) -> Mode {
        if namespace.is_empty() {
            return self.mode;
        }
        self.namespaces
            .iter()
            .filter(|(pattern, _)| glob::matches(pattern, namespace))
            .max_by_key(|(pattern, _)| (*pattern == namespace, pattern.len()))
            .map_or(self.mode, |(_, mode)| *mode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_that_fits_says_the_mode() {
        let config = Config::read(
            "[gate]\nmode = 'audit'\n[gate.namespaces]\n'team-*' = 'warn'\nteam-pay = 'enforce'\n",
        )
        .unwrap()
        .unwrap();
        assert_eq!(config.mode_of("team-pay"), Mode::Enforce);
        assert_eq!(config.mode_of("team-cart"), Mode::Warn);
        assert_eq!(config.mode_of("shop"), Mode::Audit);
        assert_eq!(config.mode_of(""), Mode::Audit);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (text, says) in [
            ("[gate]\nmood = 'audit'\n", "mood"),
            ("[gate]\nchecks = ['POD-9999']\n", "POD-9999"),
            ("[gate.images]\nsigned = ['ghcr.io']\n", "images.keys"),
            ("[[gate.deny]]\nname = 'all'\n", "deny"),
            (
                "[[gate.deny]]\nname = 'a'\nresources = ['pods', 'nodes']\n",
                "nodes is never judged (the cluster cannot live",
            ),
            (
                "[[gate.deny]]\nname = 'a'\nresources = ['pods/binding']\n",
                "bookkeeping",
            ),
            (
                "[[gate.deny]]\nname = 'a'\nresources = ['validatingwebhookconfigurations']\n",
                "never judged",
            ),
            (
                "[[gate.deny]]\nname = 'a'\nverbs = ['create']\nnamespaces = ['kube-system']\n",
                "kube-system is never judged",
            ),
        ] {
            let err = Config::read(text).unwrap_err().to_string();
            assert!(err.contains(says), "{text}: {err}");
        }
        assert_eq!(Config::read("[hub]\n").unwrap(), None);
        for resource in [
            "serviceaccounts/token",
            "nodes/proxy",
            "certificatesigningrequests.certificates.k8s.io/approval",
            "events.example.com",
            "pods/*",
            "*",
        ] {
            let text = format!("[[gate.deny]]\nname = 'a'\nresources = ['{resource}']\n");
            assert!(Config::read(&text).is_ok(), "{resource}");
        }
    }
}
