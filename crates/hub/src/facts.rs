//! What a world knows of the objects that incidents are about.

use std::sync::Arc;

use catseye_model::application::owner_named_by;
use catseye_model::{Application, Kind, ObjectKey, PodView, Severity};

use crate::inbox::{Facts, Incident, Subject};
use crate::live::find;
use crate::world::World;

/// How many findings of an object an incident names.
const MOST_FINDINGS: usize = 8;

/// A world, asked about objects.
pub(crate) struct WorldFacts<'a>(pub(crate) &'a Arc<World>);

impl Facts for WorldFacts<'_> {
    fn describe(&self, subject: &mut Subject) {
        let inventory = self.0.inventory();
        let Some(id) = find(inventory, &subject.object) else {
            // What is known of it from when it was there stays.
            subject.exists = false;
            return;
        };
        subject.exists = true;
        let object = inventory.object(id);
        let top = inventory.object(inventory.top_owner(id));
        let namespace = inventory.find(Kind::Namespace, "", object.namespace());
        subject.owner = owner_named_by(object)
            .or_else(|| owner_named_by(top))
            .or_else(|| namespace.and_then(owner_named_by))
            .map(str::to_owned);
        subject.application = Some(Application::of(inventory, id).name.to_owned());
        let mut grave: Vec<(Severity, &str)> = self
            .0
            .verdict(inventory.representative(id))
            .into_iter()
            .flat_map(|verdict| &verdict.findings)
            .filter(|finding| finding.severity >= Severity::High)
            .map(|finding| (finding.severity, finding.check))
            .collect();
        grave.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        grave.truncate(MOST_FINDINGS);
        subject.findings = grave
            .into_iter()
            .map(|(_, check)| check.to_owned())
            .collect();
    }

    fn workload_of(&self, object: &ObjectKey) -> Option<ObjectKey> {
        let inventory = self.0.inventory();
        let id = inventory.representative(find(inventory, object)?);
        let workload = inventory.object(id);
        workload
            .kind()
            .is_workload()
            .then(|| ObjectKey::of(workload))
    }

    fn workloads_of_account(&self, namespace: &str, name: &str) -> Vec<ObjectKey> {
        let inventory = self.0.inventory();
        let mut found = Vec::new();
        for (id, object) in inventory.objects() {
            if object.namespace() != namespace
                || !object.kind().is_workload()
                || inventory.representative(id) != id
            {
                continue;
            }
            let account = PodView::of(object).map(|pod| pod.service_account().to_owned());
            if account.is_some_and(|account| account == name) {
                found.push(ObjectKey::of(object));
            }
        }
        found
    }
}

/// What somebody held or ran in, by the role that it plays in an incident.
pub(crate) fn is_held(role: &str) -> bool {
    matches!(role, "created" | "entered" | "changed" | "exposed" | RAN_IN)
}

/// The role of what a program ran in.
pub(crate) const RAN_IN: &str = "ran in";

/// Where an attacker behind an incident stands in the graph, as the graph names it.
pub(crate) fn addresses(row: &Incident, world: &World) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(actor) = &row.actor {
        let account = actor
            .name
            .strip_prefix("system:serviceaccount:")
            .and_then(|rest| rest.split_once(':'));
        match account {
            Some((namespace, name)) => found.push(format!("sa:{namespace}/{name}")),
            None if actor.kind == "human" => {
                let name = actor.name.split(" (").next().unwrap_or_default();
                found.push(format!("user:{name}"));
            }
            None => {}
        }
    }
    let inventory = world.inventory();
    for subject in &row.subjects {
        let held = is_held(&subject.role);
        let Some(id) = find(inventory, &subject.object).filter(|_| held) else {
            continue;
        };
        let workload = inventory.object(inventory.representative(id));
        if workload.kind().is_workload() && found.len() < 6 {
            let address = format!("{}/{}", workload.namespace(), workload.name());
            if !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}
