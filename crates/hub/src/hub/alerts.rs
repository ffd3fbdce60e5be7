//! What changed in the inbox, told to other systems.
//!
//! Where there is a store, an alert is written down for each receiver in the batch that marks its incident
//! as told. What is written is offered to the receivers, and what became of it is written too. So a
//! killed hub tells again what it has no word of, under the same key, and forgets nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_report::alert::{Alert, Reason};
use catseye_store::{AlertPut, AlertSettled};
use jiff::Timestamp;

use super::{Hub, locked};
use crate::alert::{Alerts, Outcomes};
use crate::inbox::Incident;
use crate::keep::Keep;

/// How many written alerts of a receiver are read at once: as many as its queue holds.
const TOGETHER: usize = 256;

/// Where incidents are told, and the address that they link to.
#[derive(Default)]
pub(super) struct Receivers {
    alerts: Option<Arc<Alerts>>,
    dashboard: Option<String>,
    outcomes: Outcomes,
    /// The number of the last written alert that was offered to each receiver.
    offered: BTreeMap<String, u64>,
    /// Written alerts may wait to be offered.
    look: bool,
}

impl std::fmt::Debug for Receivers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receivers({})", self.alerts.is_some())
    }
}

impl Hub {
    /// Tells incidents from now on, once the budget of noise has decided about them, and what an earlier run
    /// left untold. `dashboard` is the address of its page, for links.
    pub fn tell_incidents(&self, alerts: Arc<Alerts>, dashboard: Option<String>) {
        let receivers = Receivers {
            outcomes: alerts.outcomes(),
            alerts: Some(alerts),
            dashboard,
            offered: BTreeMap::new(),
            look: true,
        };
        self.name_orphans(&receivers);
        self.remind(&receivers);
        *locked(&self.0.receivers) = receivers;
    }

    /// Tells receivers that show what is, what an earlier run told them and is still open.
    fn remind(&self, receivers: &Receivers) {
        let Some(alerts) = receivers.alerts.as_ref().filter(|it| it.has_state()) else {
            return;
        };
        let now = self.now();
        let told: Vec<Arc<Incident>> = self.0.inbox.locked(|rows| {
            let told = |row: &&Arc<Incident>| row.told.as_ref().is_some_and(|told| told.active);
            rows.all()
                .filter(|row| row.state.is_active())
                .filter(told)
                .cloned()
                .collect()
        });
        let dashboard = receivers.dashboard.as_deref();
        let cluster = &self.0.config.cluster;
        let open: Vec<Alert> = told
            .iter()
            .map(|row| crate::inbox::alert(row, Reason::Opened, cluster, dashboard, now))
            .collect();
        alerts.remind(&open);
    }

    /// Says what waits for receivers that are not configured any more.
    fn name_orphans(&self, receivers: &Receivers) {
        let (Some(keep), Some(alerts)) = (&self.0.keep, &receivers.alerts) else {
            return;
        };
        // A store that does not answer is told elsewhere.
        for (sink, waiting) in keep.waiting_alert_counts().unwrap_or_default() {
            if !alerts.names().any(|name| name == sink) {
                tracing::warn!(
                    sink,
                    waiting,
                    "alerts wait for a receiver that is not configured"
                );
            }
        }
    }

    /// Where incidents are told; none where nobody is.
    pub fn alerts(&self) -> Option<Arc<Alerts>> {
        locked(&self.0.receivers).alerts.clone()
    }

    /// Stops telling, and gives back what told. [`Hub::note_outcomes`] takes note of what it came to.
    pub fn stop_telling(&self) -> Option<Arc<Alerts>> {
        locked(&self.0.receivers).alerts.take()
    }

    /// Tells what is due. What was told is kept with the incident, so that no restart tells it again.
    pub(super) fn tell_due(&self, now: Timestamp) {
        let (alerts, dashboard) = {
            let receivers = locked(&self.0.receivers);
            (receivers.alerts.clone(), receivers.dashboard.clone())
        };
        // The incident counts as told when, and only when, the alert is written down.
        let together = self.0.keep.as_ref().map(Keep::step);
        let noting = locked(&self.0.noting);
        let mut written = false;
        for (row, reason) in self.0.inbox.locked(|rows| rows.due(now)) {
            if let (Some(alerts), Some(reason)) = (&alerts, reason) {
                let cluster = &self.0.config.cluster;
                let alert = crate::inbox::alert(&row, reason, cluster, dashboard.as_deref(), now);
                match &self.0.keep {
                    Some(keep) => written |= write(keep, alerts, &alert, now),
                    None => alerts.tell(&alert),
                }
            }
            if let Some(keep) = &self.0.keep {
                keep.incident(&row);
            }
        }
        drop(noting);
        drop(together);
        if written {
            locked(&self.0.receivers).look = true;
        }
    }

    /// Offers written alerts to their receivers, and takes note of what became of earlier ones. To be called
    /// after [`Hub::flush`], every second or so.
    pub fn deliver(&self) {
        self.note_outcomes();
        let Some(keep) = &self.0.keep else { return };
        // The store is read without the lock; meanwhile more may come to wait.
        let (alerts, mut offered) = {
            let mut receivers = locked(&self.0.receivers);
            let Some(alerts) = receivers.alerts.clone().filter(|_| receivers.look) else {
                return;
            };
            receivers.look = false;
            (alerts, receivers.offered.clone())
        };
        let mut more = false;
        for sink in alerts.names() {
            match offer(keep, &alerts, sink, &mut offered) {
                Ok(waits) => more |= waits,
                Err(err) => {
                    tracing::warn!(error = %err, sink, "failed to read the alerts that wait");
                    more = true;
                }
            }
        }
        let mut receivers = locked(&self.0.receivers);
        receivers.offered = offered;
        receivers.look |= more;
    }

    /// Takes note of what became of alerts.
    pub fn note_outcomes(&self) {
        let outcomes = locked(&self.0.receivers).outcomes.take();
        let Some(keep) = self.0.keep.as_ref().filter(|_| !outcomes.is_empty()) else {
            return;
        };
        let at = self.now();
        let settled = outcomes.into_iter().map(|it| AlertSettled {
            sink: it.sink,
            key: it.key,
            at,
            outcome: it.outcome.to_owned(),
        });
        keep.settled_alerts(settled.collect());
        // What could not be written waits for the next time.
        let _ = self.flush();
    }
}

/// Writes an alert down for everybody who is meant to hear it; false when nobody is.
fn write(keep: &Keep, alerts: &Alerts, alert: &Alert, at: Timestamp) -> bool {
    let mut written = false;
    for sink in alerts.addressees(alert) {
        keep.alert(AlertPut {
            sink: sink.to_owned(),
            key: alert.key(),
            at,
            // Texts and numbers always make JSON.
            body: serde_json::to_vec(alert).unwrap_or_default(),
        });
        written = true;
    }
    written
}

/// Offers one receiver what waits for it; true when there may be more.
fn offer(
    keep: &Keep,
    alerts: &Alerts,
    sink: &str,
    offered: &mut BTreeMap<String, u64>,
) -> Result<bool, crate::hub::HubError> {
    let after = offered.get(sink).copied().unwrap_or_default();
    let waiting = keep.waiting_alerts(sink, after, TOGETHER)?;
    let more = waiting.len() == TOGETHER;
    for it in waiting {
        match serde_json::from_slice::<Alert>(&it.body) {
            Ok(alert) => {
                if !alerts.offer(sink, it.key, alert) {
                    return Ok(true);
                }
            }
            Err(err) => {
                // Of a later version, or damaged: it stays in the store, and nobody is told it.
                tracing::error!(error = %err, sink, key = it.key, "an alert that waits cannot be read");
            }
        }
        offered.insert(sink.to_owned(), it.id);
    }
    Ok(more)
}
