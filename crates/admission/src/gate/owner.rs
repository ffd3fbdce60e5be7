//! Objects that the cluster's own controllers make for a workload: the workload was judged, so what is made
//! of its template is not refused for the same faults, and a glass that was broken for it holds for them.
//!
//! Without this, a privileged Deployment that was there before could be scaled, and no pod would start.

use std::collections::HashMap;

use catseye_model::{Fields as _, Inventory, Kind, Object, PodView, Value};
use jiff::Timestamp;

use super::break_glass::Glass;
use crate::request::{Operation, Request};

/// How many glasses are remembered at a time.
const MOST_GLASSES: usize = 4096;

/// The controllers that make pods of templates; no other service account of `kube-system` is trusted to.
const CONTROLLERS: [&str; 8] = [
    "system:kube-controller-manager",
    "system:serviceaccount:kube-system:cronjob-controller",
    "system:serviceaccount:kube-system:daemon-set-controller",
    "system:serviceaccount:kube-system:deployment-controller",
    "system:serviceaccount:kube-system:job-controller",
    "system:serviceaccount:kube-system:replicaset-controller",
    "system:serviceaccount:kube-system:replication-controller",
    "system:serviceaccount:kube-system:statefulset-controller",
];

/// The workload whose controller asks for an object made of its template, where that workload is among the
/// objects of the Inventory under the same uid.
pub fn owner_of<'i>(request: &Request, inventory: &'i Inventory) -> Option<&'i Object> {
    let reference = controller_reference(request)?;
    let group = reference
        .text("apiVersion")
        .and_then(|version| version.split_once('/'))
        .map_or("", |(group, _)| group);
    let kind = Kind::of(group, reference.text("kind")?);
    let uid = reference.text("uid")?;
    inventory
        .named(kind, &request.namespace, reference.text("name")?)
        .map(|(_, object)| object)
        .find(|object| {
            object.value().text("metadata.uid") == Some(uid) && PodView::of(object).is_some()
        })
}

/// The uid of the workload whose controller asks for an object.
fn owner_uid(request: &Request) -> Option<&str> {
    controller_reference(request)?.text("uid")
}

fn controller_reference(request: &Request) -> Option<&Value> {
    let is_made = request.operation == Operation::Create
        && request.subresource.is_empty()
        && CONTROLLERS.contains(&request.user.name.as_str());
    if !is_made {
        return None;
    }
    request
        .object
        .list("metadata.ownerReferences")
        .iter()
        .find(|reference| reference.flag("controller") == Some(true))
}

/// The glasses that are broken, by the uid of the object; a hub that starts knows of none.
#[derive(Debug, Default)]
pub(super) struct Glasses(HashMap<Box<str>, Glass>);

impl Glasses {
    /// Remembers that the glass was broken for the object of a request. A dry run breaks nothing.
    pub(super) fn remember(&mut self, request: &Request, glass: &Glass, now: Timestamp) {
        let Some(uid) = request.object.text("metadata.uid") else {
            return;
        };
        if request.dry_run {
            return;
        }
        if self.0.len() >= MOST_GLASSES {
            self.0.retain(|_, glass| now < glass.until);
        }
        if self.0.len() < MOST_GLASSES {
            self.0.insert(uid.into(), glass.clone());
        }
    }

    /// Forgets the glass of an object that was changed to say nothing of one.
    pub(super) fn forget(&mut self, request: &Request) {
        if request.operation == Operation::Update
            && !request.dry_run
            && let Some(uid) = request.object.text("metadata.uid")
        {
            self.0.remove(uid);
        }
    }

    /// The glass that was broken for the workload of which a controller makes this object.
    pub(super) fn handed_on(&self, request: &Request, now: Timestamp) -> Option<Glass> {
        let glass = self.0.get(owner_uid(request)?)?;
        (now < glass.until).then(|| glass.clone())
    }
}
