//! `[[alert]]` of the configuration file: where alerts go, which, and how many.
//!
//! Secrets never stand in the file: it names an environment variable or a file that holds one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use catseye_model::Severity;
use catseye_report::alert::Reason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One sink. Exactly one of `webhook`, `slack`, `alertmanager`, `syslog`, `file` and `policy-report` is
/// set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AlertConfig {
    /// Its name, in metrics, errors and `catseye alerts test`.
    pub name: String,
    /// The least severity that is told.
    #[serde(default = "high")]
    #[schema(value_type = String, pattern = "^(info|low|medium|high|critical)$", default = "high")]
    pub minimum: Severity,
    /// What is told; without it: opened, escalated, reopened and resolved.
    #[serde(default = "news")]
    #[schema(value_type = Vec<String>)]
    pub on: Vec<Reason>,
    /// Only incidents about these namespaces; `*` stands for any run of characters, `!` before a name
    /// leaves it out. Empty for all.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Only incidents of these owners, written alike.
    #[serde(default)]
    pub owners: Vec<String>,
    /// Only incidents that join one of these sources: `audit`, `anomaly`, `posture`, `exposure`, …
    #[serde(default)]
    pub sources: Vec<String>,
    /// Only incidents about objects of these kinds.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// At most so many messages an hour, a tenth of them at once; what is more becomes one digest. 0
    /// for no limit.
    #[serde(default = "sixty")]
    pub hourly: u32,
    /// How often a message is tried before it becomes a dead letter.
    #[serde(default = "six")]
    pub attempts: u32,
    /// Any program that takes JSON over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// An incoming webhook of Slack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack: Option<Slack>,
    /// Prometheus Alertmanager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alertmanager: Option<Alertmanager>,
    /// A syslog receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syslog: Option<Syslog>,
    /// A file of JSON lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
    /// `PolicyReport` or `Report` objects in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_report: Option<PolicyReport>,
}

/// Any program that takes JSON over HTTP, signed as Standard Webhooks says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Webhook {
    /// Where to.
    pub url: Place,
    /// The key of the signature; without it messages are not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretSource>,
    /// Further headers, each from a secret: `Authorization`.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretSource>,
    /// What is sent.
    #[serde(default)]
    pub format: Format,
    /// What is sent instead: a template over the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The content type of what the template makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Certificates of authorities to trust beside the system's, as PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ca_file: Option<PathBuf>,
}

/// An incoming webhook of Slack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Slack {
    /// The webhook's URL, which is a secret.
    pub url: Place,
    /// The text below the title, in Slack's mrkdwn: a template over the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Certificates of authorities to trust beside the system's, as PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ca_file: Option<PathBuf>,
}

/// Prometheus Alertmanager, API v2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Alertmanager {
    /// The URL of each member of the cluster, without `/api/v2/alerts`.
    pub urls: Vec<String>,
    /// Further labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// How many hours an alert lasts that is not told again.
    #[serde(default = "day")]
    pub hours: u32,
    /// The value of the header `Authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<SecretSource>,
    /// Certificates of authorities to trust beside the system's, as PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ca_file: Option<PathBuf>,
}

/// A syslog receiver, RFC 5424.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Syslog {
    /// `host:port`.
    pub address: String,
    /// How messages travel.
    #[serde(default)]
    pub transport: Transport,
    /// The facility, by its name in RFC 5424.
    #[serde(default = "audit")]
    pub facility: String,
    /// The text of a message; `text` is the title.
    #[serde(default)]
    pub format: Format,
    /// The text of a message instead: a template over the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Certificates of authorities to trust beside the system's, as PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub ca_file: Option<PathBuf>,
}

/// A file of JSON lines, for a collector to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Which.
    #[schema(value_type = String)]
    pub path: PathBuf,
    /// What a line is.
    #[serde(default)]
    pub format: Format,
}

/// Reports as objects in the cluster; of the two kinds that exist, the one that is installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyReport {
    /// How many results a report shows; all are counted.
    #[serde(default = "hundred")]
    pub results: usize,
}

/// What a message is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// The alert as JSON, with its version; for syslog, its title.
    #[default]
    Catseye,
    /// OCSF Detection Finding.
    Ocsf,
}

/// How syslog messages travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// One datagram a message, which may be lost (RFC 5426).
    #[default]
    Udp,
    /// Counted octets (RFC 6587).
    Tcp,
    /// Counted octets over TLS (RFC 5425).
    Tls,
}

/// A URL, written out or taken from a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Place {
    /// The URL itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
    /// An environment variable that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// A file that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub file: Option<PathBuf>,
}

impl AlertConfig {
    /// Leaves of addresses that are written out no more than the host.
    pub(crate) fn hide(&mut self) {
        let webhook = self.webhook.as_mut().map(|it| &mut it.url);
        let slack = self.slack.as_mut().map(|it| &mut it.url);
        for place in webhook.into_iter().chain(slack) {
            place.is = place.is.as_deref().map(host_of);
        }
        for url in self.alertmanager.iter_mut().flat_map(|it| &mut it.urls) {
            *url = host_of(url);
        }
    }

    /// Its way out: `webhook`, `slack`, …, and where that leads, without what may be a secret.
    pub(crate) fn target(&self) -> (&'static str, String) {
        let place = |place: &Place| match (&place.is, &place.env, &place.file) {
            (Some(url), _, _) => host_of(url),
            (_, Some(name), _) => format!("the address in {name}"),
            (_, _, Some(path)) => format!("the address in {}", path.display()),
            _ => String::new(),
        };
        if let Some(webhook) = &self.webhook {
            ("webhook", place(&webhook.url))
        } else if let Some(slack) = &self.slack {
            ("slack", place(&slack.url))
        } else if let Some(it) = &self.alertmanager {
            let urls: Vec<String> = it.urls.iter().map(|url| host_of(url)).collect();
            ("alertmanager", urls.join(", "))
        } else if let Some(it) = &self.syslog {
            ("syslog", it.address.clone())
        } else if let Some(it) = &self.file {
            ("file", it.path.display().to_string())
        } else {
            ("policy-report", "objects in the cluster".to_owned())
        }
    }
}

/// Scheme and host of a URL; what is before an `@` or behind the host may be a password.
fn host_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

impl fmt::Debug for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs of webhooks are passwords.
        match (&self.is, &self.env, &self.file) {
            (Some(_), _, _) => out.write_str("Place(…)"),
            (_, Some(name), _) => write!(out, "Place(env {name})"),
            (_, _, Some(path)) => write!(out, "Place(file {})", path.display()),
            _ => out.write_str("Place(nothing)"),
        }
    }
}

/// Where a secret comes from. It never stands in the configuration itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SecretSource {
    /// An environment variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    /// A file, such as a mounted Secret; white space at its end does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub file: Option<PathBuf>,
}

/// The value of a secret. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value, to be used and not to be shown.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

/// What is wrong with a sink's configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("alert {sink:?}{}: {message}", if field.is_empty() { String::new() } else { format!(", {field}") })]
pub struct ConfigError {
    /// The sink's name.
    pub sink: String,
    /// The field, such as `webhook.url`; empty for the sink as a whole.
    pub field: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl ConfigError {
    pub(crate) fn of(config: &AlertConfig, field: &str, message: impl Into<String>) -> Self {
        ConfigError {
            sink: config.name.clone(),
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

/// What can be told of the configuration without reading a secret or connecting anywhere.
pub fn check(configs: &[AlertConfig]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    for config in configs {
        // Names are file names of dead letters and labels of metrics.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if config.name.is_empty() || !config.name.bytes().all(is_plain) {
            let message = "write a name of letters, digits, - and _";
            return Err(ConfigError::of(config, "name", message));
        }
        if !names.insert(&config.name) {
            let message = "another alert has this name: give each its own";
            return Err(ConfigError::of(config, "name", message));
        }
        let kinds = [
            config.webhook.is_some(),
            config.slack.is_some(),
            config.alertmanager.is_some(),
            config.syslog.is_some(),
            config.file.is_some(),
            config.policy_report.is_some(),
        ];
        if kinds.iter().filter(|set| **set).count() != 1 {
            let message =
                "set exactly one of webhook, slack, alertmanager, syslog, file and policy-report";
            return Err(ConfigError::of(config, "", message));
        }
        if config.attempts == 0 {
            return Err(ConfigError::of(config, "attempts", "write 1 or more"));
        }
    }
    Ok(())
}

impl Place {
    pub(crate) fn read(&self, config: &AlertConfig, field: &str) -> Result<Secret, ConfigError> {
        match (&self.is, &self.env, &self.file) {
            (Some(text), None, None) => Ok(Secret(text.clone())),
            (None, env, file) if env.is_some() || file.is_some() => SecretSource {
                env: env.clone(),
                file: file.clone(),
            }
            .read(config, field),
            _ => {
                let message =
                    r#"write one of { is = "https://…" }, { env = "NAME" } and { file = "PATH" }"#;
                Err(ConfigError::of(config, field, message))
            }
        }
    }
}

impl SecretSource {
    pub(crate) fn read(&self, config: &AlertConfig, field: &str) -> Result<Secret, ConfigError> {
        let error = |message: String| ConfigError::of(config, field, message);
        let value = match (&self.env, &self.file) {
            (Some(name), None) => std::env::var(name)
                .map_err(|_| error(format!("the environment variable {name} is not set")))?,
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|err| error(format!("failed to read {}: {err}", path.display())))?,
            _ => {
                let message = r#"write one of { env = "NAME" } and { file = "PATH" }"#;
                return Err(error(message.to_owned()));
            }
        };
        let value = value.trim_end();
        if value.is_empty() {
            return Err(error("the secret is empty".to_owned()));
        }
        Ok(Secret(value.to_owned()))
    }
}

fn high() -> Severity {
    Severity::High
}

fn news() -> Vec<Reason> {
    vec![
        Reason::Opened,
        Reason::Escalated,
        Reason::Reopened,
        Reason::Resolved,
    ]
}

fn sixty() -> u32 {
    60
}

fn six() -> u32 {
    6
}

fn day() -> u32 {
    24
}

fn hundred() -> usize {
    100
}

fn audit() -> String {
    "audit".to_owned()
}
