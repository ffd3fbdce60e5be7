//! The ways out: each renders an alert and hands it to one kind of receiver.

mod alertmanager;
mod file;
mod policy_report;
mod slack;
mod syslog;
mod webhook;

use std::time::Duration;

use catseye_report::alert::Alert;

use super::Surroundings;
use super::config::{AlertConfig, ConfigError};

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Undelivered {
    /// What happened, in a line.
    pub message: String,
    /// Whether trying again may help.
    pub may_succeed_later: bool,
    /// When the receiver wants to be tried again.
    pub retry_after: Option<Duration>,
}

impl Undelivered {
    pub(super) fn later(message: impl Into<String>) -> Self {
        Undelivered {
            message: message.into(),
            may_succeed_later: true,
            retry_after: None,
        }
    }

    pub(super) fn never(message: impl Into<String>) -> Self {
        Undelivered {
            may_succeed_later: false,
            ..Undelivered::later(message)
        }
    }
}

/// A way out, ready.
pub(super) enum Sink {
    Webhook(webhook::Webhook),
    Slack(slack::Slack),
    Alertmanager(alertmanager::Alertmanager),
    Syslog(syslog::Syslog),
    File(file::File),
    PolicyReport(policy_report::PolicyReport),
}

impl Sink {
    /// Reads secrets and compiles templates; nothing is sent.
    pub(super) fn of(
        config: &AlertConfig,
        surroundings: &Surroundings,
    ) -> Result<Self, ConfigError> {
        if let Some(how) = &config.webhook {
            webhook::Webhook::of(config, how).map(Sink::Webhook)
        } else if let Some(how) = &config.slack {
            slack::Slack::of(config, how).map(Sink::Slack)
        } else if let Some(how) = &config.alertmanager {
            alertmanager::Alertmanager::of(config, how).map(Sink::Alertmanager)
        } else if let Some(how) = &config.syslog {
            syslog::Syslog::of(config, how, &surroundings.host).map(Sink::Syslog)
        } else if let Some(how) = &config.file {
            Ok(Sink::File(file::File::of(how)))
        } else if let Some(how) = &config.policy_report {
            policy_report::PolicyReport::of(config, how, surroundings).map(Sink::PolicyReport)
        } else {
            Err(ConfigError::of(config, "", "no sink is set"))
        }
    }

    /// True for a sink that shows what is, rather than what happened: it needs every change.
    pub(super) fn is_state(&self) -> bool {
        matches!(self, Sink::PolicyReport(_))
    }

    /// Puts what was told before into what a sink shows.
    pub(super) fn remind<'a>(&self, open: impl Iterator<Item = &'a Alert>) {
        if let Sink::PolicyReport(sink) = self {
            sink.remind(open);
        }
    }

    /// Hands an alert over, once.
    pub(super) async fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        match self {
            Sink::Webhook(sink) => sink.deliver(alert).await,
            Sink::Slack(sink) => sink.deliver(alert).await,
            Sink::Alertmanager(sink) => sink.deliver(alert).await,
            Sink::Syslog(sink) => sink.deliver(alert).await,
            Sink::File(sink) => sink.deliver(alert),
            Sink::PolicyReport(sink) => sink.deliver(alert).await,
        }
    }
}
