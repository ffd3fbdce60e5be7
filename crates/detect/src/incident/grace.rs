//! Deploy grace: a new release does new things, and whoever delivers here has just delivered it.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_event::Event;
use jiff::Timestamp;

/// How long after a delivery the accounts of its namespace may do new things.
const WITHIN_SECONDS: i64 = 15 * 60;
/// Of so many namespaces the last delivery is remembered.
const MOST: usize = 4096;

/// The last delivery to each namespace.
#[derive(Debug, Clone, Default)]
pub(super) struct Deliveries {
    last: BTreeMap<Box<str>, Delivery>,
}

/// A change of workloads or roles by an actor which is known to make them.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) by: Arc<str>,
    pub(super) what: String,
    pub(super) time: Timestamp,
}

/// True for a change that brings a new release: of a workload or of what it may do.
pub(super) fn delivers(event: &Event<'_>) -> bool {
    super::cause::is_change(event)
        && matches!(
            event.resource(),
            "deployments" | "statefulsets" | "daemonsets" | "cronjobs" | "roles" | "rolebindings"
        )
}

impl Deliveries {
    pub(super) fn note(&mut self, event: &Event<'_>, by: &str, time: Timestamp) {
        let namespace = event.namespace();
        let name = event.object().map_or("", |object| object.name.as_str());
        let delivery = Delivery {
            by: by.into(),
            what: format!("{} {namespace}/{name}", event.resource()),
            time,
        };
        if self.last.len() >= MOST && !self.last.contains_key(namespace) {
            let oldest = self.last.iter().min_by_key(|(_, it)| it.time);
            if let Some(oldest) = oldest.map(|(namespace, _)| namespace.clone()) {
                self.last.remove(&oldest);
            }
        }
        self.last.insert(namespace.into(), delivery);
    }

    /// The delivery that explains what an account of `namespace` does at `time`.
    pub(super) fn explains(
        &self,
        namespace: &str,
        actor: &str,
        time: Timestamp,
    ) -> Option<&Delivery> {
        let delivery = self.last.get(namespace)?;
        let age = time.as_second() - delivery.time.as_second();
        // Nobody delivers an excuse for itself.
        ((0..=WITHIN_SECONDS).contains(&age) && *delivery.by != *actor).then_some(delivery)
    }
}
