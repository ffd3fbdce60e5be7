//! Reports as objects in the cluster: one a namespace that has open incidents, applied server-side.

use std::collections::BTreeMap;

use catseye_cluster::apply::{Apply, apply, delete};
use catseye_cluster::{Client, RequestError, Resource};
use catseye_report::alert::policy_report::{Api, NAME, namespace_of, report};
use catseye_report::alert::{Alert, Reason};
use tokio::sync::Mutex;

use super::Undelivered;
use crate::alert::Surroundings;
use crate::alert::config::{self, AlertConfig, ConfigError};

pub(in crate::alert) struct PolicyReport {
    client: Client,
    results: usize,
    state: Mutex<State>,
    /// Open incidents that an earlier run told, until the next report is written.
    reminded: std::sync::Mutex<Vec<Alert>>,
}

#[derive(Default)]
struct State {
    /// Which of the two is installed; found out with the first report.
    api: Option<Api>,
    /// Open incidents, by id.
    open: BTreeMap<String, Alert>,
}

impl PolicyReport {
    pub(super) fn of(
        config: &AlertConfig,
        how: &config::PolicyReport,
        surroundings: &Surroundings,
    ) -> Result<Self, ConfigError> {
        let Some(client) = surroundings.client.clone() else {
            let message = "reports are written to a cluster, and the hub watches none";
            return Err(ConfigError::of(config, "policy-report", message));
        };
        // A thousand results of a kilobyte are a megabyte, and etcd takes a megabyte and a half.
        if !(1..=500).contains(&how.results) {
            let message = "write a number from 1 to 500";
            return Err(ConfigError::of(config, "policy-report.results", message));
        }
        Ok(PolicyReport {
            client,
            results: how.results,
            state: Mutex::default(),
            reminded: std::sync::Mutex::default(),
        })
    }

    /// Puts incidents that an earlier run told among those that are open: the next report of their namespace
    /// holds them too.
    pub(super) fn remind<'a>(&self, open: impl Iterator<Item = &'a Alert>) {
        self.reminded().extend(open.cloned());
    }

    fn reminded(&self) -> std::sync::MutexGuard<'_, Vec<Alert>> {
        let reminded = self.reminded.lock();
        reminded.unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) async fn deliver(&self, alert: &Alert) -> Result<(), Undelivered> {
        let mut state = self.state.lock().await;
        let reminded = std::mem::take(&mut *self.reminded());
        for alert in reminded {
            state.open.entry(alert.id.clone()).or_insert(alert);
        }
        if alert.reason == Reason::Test {
            // Reports show what is, and a test is nothing: whether they can be written is the test.
            return self.write(&mut state, namespace_of(alert), true).await;
        }
        if alert.reason == Reason::Resolved {
            state.open.remove(&alert.id);
        } else {
            state.open.insert(alert.id.clone(), alert.clone());
        }
        self.write(&mut state, namespace_of(alert), false).await
    }

    async fn write(
        &self,
        state: &mut State,
        namespace: &str,
        dry_run: bool,
    ) -> Result<(), Undelivered> {
        let candidates = match state.api {
            Some(api) => vec![api],
            None => vec![Api::OpenReports, Api::PolicyReport],
        };
        for api in candidates {
            let here: Vec<&Alert> = (state.open.values())
                .filter(|alert| namespace_of(alert) == namespace)
                .collect();
            let resource = resource(api, !namespace.is_empty());
            let answer = if here.is_empty() && !dry_run {
                let namespace = Some(namespace).filter(|name| !name.is_empty());
                delete(&self.client, &resource, namespace, NAME)
                    .await
                    .map(|_| ())
            } else {
                let object = report(api, namespace, here, self.results);
                let how = Apply {
                    field_manager: "catseye",
                    force: true,
                    dry_run,
                };
                apply(&self.client, &resource, &object, how)
                    .await
                    .map(|_| ())
            };
            match answer {
                Ok(()) => {
                    state.api = Some(api);
                    return Ok(());
                }
                // The kind is not installed, or the namespace is gone.
                Err(err) if err.code() == Some(404) => {}
                Err(err) => return Err(undelivered(&err)),
            }
        }
        Err(Undelivered::never(
            "neither openreports.io/v1alpha1 nor wgpolicyk8s.io/v1alpha2 is installed, or the namespace is gone",
        ))
    }
}

fn resource(api: Api, namespaced: bool) -> Resource {
    let (group, version) = api.group_version();
    let (kind, plural) = api.kind(namespaced);
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: plural.to_owned(),
        kind: kind.to_owned(),
        namespaced,
    }
}

fn undelivered(err: &RequestError) -> Undelivered {
    let message = err.to_string();
    match err.code() {
        Some(408 | 409 | 429 | 500..=599) | None => Undelivered::later(message),
        Some(_) => Undelivered::never(message),
    }
}
