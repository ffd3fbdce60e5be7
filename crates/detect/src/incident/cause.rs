//! Whom a controller acts for: the person or the delivery that changed the owner a moment ago.
//!
//! ```text
//!  alice creates Deployment shop/web          ─► noted: deployments shop web by alice
//!  deployment-controller creates ReplicaSet   ─► its owner is noted: by alice, too
//!  replicaset-controller creates Pod          ─► by alice, through replicaset-controller
//! ```
//!
//! Only the cluster's own controllers are believed to act for somebody: what any other account writes
//! into `ownerReferences` is its own claim.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use catseye_event::{Actor, Event};
use catseye_model::Fields as _;
use jiff::Timestamp;

/// How long after a change a controller's deed is put down to it.
const WITHIN_SECONDS: i64 = 15 * 60;
/// How many recent changes are remembered in each of two generations.
const MOST: usize = 8192;

/// Recent changes by those who change things of their own accord.
#[derive(Debug, Clone, Default)]
pub(super) struct Causes {
    changes: [HashMap<u64, (Arc<str>, Timestamp), foldhash::fast::FixedState>; 2],
    latest: Arc<str>,
}

/// True for the cluster's own controllers, scheduler and kubelets.
pub(super) fn acts_for_others(event: &Event<'_>) -> bool {
    if event.impersonated_user().is_some() {
        return false;
    }
    match event.actor() {
        Actor::Component { name } => !name.starts_with("system:bootstrap"),
        Actor::Node { .. } => true,
        Actor::ServiceAccount { namespace, name } => {
            namespace == "kube-system"
                && (name.ends_with("-controller")
                    || matches!(
                        name,
                        "generic-garbage-collector"
                            | "horizontal-pod-autoscaler"
                            | "persistent-volume-binder"
                            | "pod-garbage-collector"
                            | "root-ca-cert-publisher"
                    ))
        }
        Actor::Anonymous | Actor::Human { .. } => false,
    }
}

impl Causes {
    /// Notes a change that `actor` made.
    pub(super) fn note(&mut self, event: &Event<'_>, actor: &str, time: Timestamp) {
        if !is_change(event) {
            return;
        }
        let cause = if acts_for_others(event) {
            // A chain is followed only where pods come from; everything else would need every body.
            if event.verb() != "create" || !makes_pods(event.resource()) {
                return;
            }
            match self.behind(event, time) {
                Some(cause) => cause,
                None => return,
            }
        } else {
            self.shared(actor)
        };
        // The name that the server chose is in the body; it is asked for where a chain may go on.
        let name = if makes_pods(event.resource()) {
            event.name()
        } else {
            event.object().map_or("", |object| object.name.as_str())
        };
        self.insert(key(event.resource(), event.namespace(), name), cause, time);
    }

    /// Who is behind what a controller does, if somebody changed the object, its owner or its
    /// namespace a moment ago.
    pub(super) fn behind(&self, event: &Event<'_>, time: Timestamp) -> Option<Arc<str>> {
        let namespace = event.namespace();
        let body = event.request_body().or_else(|| event.response_body());
        let owners = body.map_or(&[] as &[_], |body| body.list("metadata.ownerReferences"));
        for owner in owners {
            let (Some(kind), Some(name)) = (owner.text("kind"), owner.text("name")) else {
                continue;
            };
            if let Some(cause) = self.get(key(&plural(kind), namespace, name), time) {
                return Some(cause);
            }
        }
        let name = event.object().map_or("", |object| object.name.as_str());
        self.get(key(event.resource(), namespace, name), time)
            .or_else(|| self.get(key("namespaces", "", namespace), time))
            .or_else(|| self.get(key("namespaces", namespace, namespace), time))
    }

    /// The name as it is kept already: most changes are made by the one who made the change before.
    fn shared(&mut self, actor: &str) -> Arc<str> {
        if *self.latest != *actor {
            self.latest = Arc::from(actor);
        }
        self.latest.clone()
    }

    fn insert(&mut self, key: u64, cause: Arc<str>, time: Timestamp) {
        let [young, old] = &mut self.changes;
        young.insert(key, (cause, time));
        if young.len() > MOST {
            *old = std::mem::take(young);
        }
    }

    fn get(&self, key: u64, time: Timestamp) -> Option<Arc<str>> {
        let (cause, noted) = self.changes.iter().find_map(|it| it.get(&key))?;
        let age = time.as_second() - noted.as_second();
        (-5..=WITHIN_SECONDS).contains(&age).then(|| cause.clone())
    }
}

/// True for a call that changed an object, and not merely its status.
pub(super) fn is_change(event: &Event<'_>) -> bool {
    matches!(
        event.verb(),
        "create" | "update" | "patch" | "delete" | "deletecollection"
    ) && matches!(event.subresource(), "" | "scale")
        && !matches!(
            event.resource(),
            "" | "leases" | "events" | "endpoints" | "endpointslices"
        )
        && !event.resource().ends_with("reviews")
        && event.code().is_none_or(|code| code < 400)
}

fn makes_pods(resource: &str) -> bool {
    matches!(
        resource,
        "deployments"
            | "replicasets"
            | "statefulsets"
            | "daemonsets"
            | "jobs"
            | "cronjobs"
            | "replicationcontrollers"
            | "pods"
    )
}

fn key(resource: &str, namespace: &str, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in [resource, namespace, name] {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

/// `networkpolicies` for `NetworkPolicy`; right for every kind that owns something.
fn plural(kind: &str) -> String {
    let kind = kind.to_lowercase();
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with('s') => format!("{kind}es"),
        None => format!("{kind}s"),
    }
}
