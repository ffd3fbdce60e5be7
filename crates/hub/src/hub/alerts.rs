//! What changed in the inbox, told to other systems.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Hub, locked};
use crate::alert::Alerts;

/// Where incidents are told, and the address that they link to.
#[derive(Default)]
pub(super) struct Receivers {
    alerts: Option<Arc<Alerts>>,
    dashboard: Option<String>,
}

impl std::fmt::Debug for Receivers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receivers({})", self.alerts.is_some())
    }
}

impl Hub {
    /// Tells incidents from now on, once the budget of noise has decided about them. `dashboard` is the
    /// address of its page, for links.
    pub fn tell_incidents(&self, alerts: Arc<Alerts>, dashboard: Option<String>) {
        *locked(&self.0.receivers) = Receivers {
            alerts: Some(alerts),
            dashboard,
        };
    }

    /// Where incidents are told; none where nobody is.
    pub fn alerts(&self) -> Option<Arc<Alerts>> {
        locked(&self.0.receivers).alerts.clone()
    }

    /// Stops telling, and gives back what told.
    pub fn stop_telling(&self) -> Option<Arc<Alerts>> {
        locked(&self.0.receivers).alerts.take()
    }

    /// Tells what is due. What was told is kept with the incident, so that no restart tells it again.
    pub(super) fn tell_due(&self, now: Timestamp) {
        let (alerts, dashboard) = {
            let receivers = locked(&self.0.receivers);
            (receivers.alerts.clone(), receivers.dashboard.clone())
        };
        for (row, reason) in self.0.inbox.locked(|rows| rows.due(now)) {
            if let (Some(alerts), Some(reason)) = (&alerts, reason) {
                let cluster = &self.0.config.cluster;
                alerts.tell(&crate::inbox::alert(
                    &row,
                    reason,
                    cluster,
                    dashboard.as_deref(),
                    now,
                ));
            }
            if let Some(keep) = &self.0.keep {
                keep.incident(&row);
            }
        }
    }
}
