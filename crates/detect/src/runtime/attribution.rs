//! Names for what the kernel only numbers: pods, workloads and images, joined from the Inventory.
//!
//! A sensor knows a container id and a pod UID at once and the names later or never; Falco knows twelve
//! characters of the container id. What one event tells of a container is remembered for the next.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use catseye_event::runtime::{RuntimeEvent, Subject, SubjectKind, WorkloadRef};
use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectId};

/// So many containers and addresses are remembered.
const MOST: usize = 65_536;
/// Falco and docker tell so many characters of a container id.
const SHORT_ID: usize = 12;

type Hashed = foldhash::fast::FixedState;

/// What is known of pods, containers and addresses.
#[derive(Debug, Default)]
pub struct Attribution {
    uids: HashMap<String, Subject, Hashed>,
    pods: HashMap<(String, String), Subject, Hashed>,
    containers: HashMap<String, Subject, Hashed>,
    pods_at: HashMap<IpAddr, Subject, Hashed>,
}

impl Attribution {
    /// Knows the pods of an Inventory.
    pub fn of(inventory: &Inventory) -> Self {
        let mut known = Attribution::default();
        for (id, pod) in inventory.of_kind(Kind::Pod) {
            known.add_pod(inventory, id, pod);
        }
        known
    }

    /// Knows the pods of an Inventory in place of those of an earlier one.
    pub fn renew(&mut self, inventory: &Inventory) {
        let before = std::mem::replace(self, Attribution::of(inventory));
        // Which are left out where there are too many is the same in every run.
        let before: BTreeMap<_, _> = before.containers.into_iter().collect();
        for (id, subject) in before {
            if self.containers.len() >= MOST {
                break;
            }
            self.containers.entry(id).or_insert(subject);
        }
    }

    fn add_pod(&mut self, inventory: &Inventory, id: ObjectId, pod: &Object) {
        let value = pod.value();
        let owner = inventory.object(inventory.representative(id));
        let mut labels: Vec<String> = Vec::new();
        if let Some(map) = value.at("metadata.labels").as_object() {
            for (key, value) in map {
                labels.push(format!("{key}={}", value.as_str().unwrap_or_default()));
            }
        }
        let subject = Subject {
            kind: SubjectKind::Container,
            pod_uid: value.text("metadata.uid").unwrap_or_default().to_owned(),
            namespace: pod.namespace().to_owned(),
            pod: pod.name().to_owned(),
            workload: Some(WorkloadRef {
                kind: owner.kind_name().to_owned(),
                name: owner.name().to_owned(),
            }),
            labels,
            ..Subject::default()
        };
        for list in [
            "status.containerStatuses",
            "status.initContainerStatuses",
            "status.ephemeralContainerStatuses",
        ] {
            for status in value.list(list) {
                let container = status.text("containerID").unwrap_or_default();
                let container = container.split_once("://").map_or("", |(_, id)| id);
                let digest = status.text("imageID").unwrap_or_default();
                let of_container = Subject {
                    container_id: container.to_owned(),
                    container: status.text("name").unwrap_or_default().to_owned(),
                    image: status.text("image").unwrap_or_default().to_owned(),
                    image_digest: digest.split_once('@').map_or("", |(_, it)| it).to_owned(),
                    ..subject.clone()
                };
                if let Some(short) = container.get(..SHORT_ID) {
                    self.containers.insert(short.to_owned(), of_container);
                }
            }
        }
        let on_host = value.flag("spec.hostNetwork") == Some(true);
        // The address of a pod that has ended is free, and soon another's.
        let has_ended = matches!(value.text("status.phase"), Some("Succeeded" | "Failed"));
        let addresses = value.list("status.podIPs").iter();
        let addresses = addresses
            .filter_map(|entry| entry.text("ip"))
            .chain(value.text("status.podIP"));
        for address in addresses.filter_map(|it| it.parse().ok()) {
            if !on_host && !has_ended {
                self.pods_at.insert(address, subject.clone());
            }
        }
        if !subject.pod_uid.is_empty() {
            self.uids.insert(subject.pod_uid.clone(), subject.clone());
        }
        let name = (subject.namespace.clone(), subject.pod.clone());
        self.pods.insert(name, subject);
    }

    /// Fills in what is known of the event's subject and peer, and learns from what the event tells.
    pub fn complete(&mut self, event: &mut RuntimeEvent) {
        self.fill(&mut event.subject);
        if let catseye_event::runtime::Activity::Flow(flow) = &mut event.what {
            if flow.peer_subject.is_unknown()
                && let Some(known) = self.pods_at.get(&flow.peer)
            {
                flow.peer_subject = known.clone();
            } else {
                self.fill(&mut flow.peer_subject);
            }
        }
    }

    fn fill(&mut self, subject: &mut Subject) {
        let short = subject.container_id.get(..SHORT_ID);
        let known = short
            .and_then(|short| self.containers.get(short))
            .or_else(|| self.uids.get(&subject.pod_uid))
            .or_else(|| {
                let name = (subject.namespace.clone(), subject.pod.clone());
                self.pods.get(&name)
            });
        if let Some(known) = known {
            complete_with(subject, known);
        }
        if let Some(short) = subject.container_id.get(..SHORT_ID)
            && !subject.pod.is_empty()
            && !self.containers.contains_key(short)
        {
            if self.containers.len() >= MOST {
                self.containers.clear();
            }
            self.containers.insert(short.to_owned(), subject.clone());
        }
    }

    /// Who has this address.
    pub fn at_address(&self, address: IpAddr) -> Option<&Subject> {
        self.pods_at.get(&address)
    }
}

/// Fills in what is absent.
fn complete_with(subject: &mut Subject, known: &Subject) {
    let fill = |field: &mut String, known: &String| {
        if field.is_empty() {
            field.clone_from(known);
        }
    };
    if subject.kind == SubjectKind::Unknown {
        subject.kind = known.kind;
    }
    // Falco's short id becomes the whole one.
    if known.container_id.starts_with(&subject.container_id) {
        subject.container_id.clone_from(&known.container_id);
    }
    fill(&mut subject.pod_uid, &known.pod_uid);
    fill(&mut subject.namespace, &known.namespace);
    fill(&mut subject.pod, &known.pod);
    fill(&mut subject.container, &known.container);
    fill(&mut subject.image, &known.image);
    fill(&mut subject.image_digest, &known.image_digest);
    if subject
        .workload
        .as_ref()
        .is_none_or(|it| it.kind.is_empty())
        && known.workload.is_some()
    {
        subject.workload.clone_from(&known.workload);
    }
    if subject.labels.is_empty() {
        subject.labels.clone_from(&known.labels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catseye_event::runtime::{Activity, Exec, RuntimeSource};

    #[test]
    fn the_address_of_a_pod_that_has_ended_is_whose_it_is_now() {
        let pod = |name: &str, phase: &str| {
            let value = serde_json::json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": "shop", "uid": name}, "spec": {"containers": []},
                "status": {"phase": phase, "podIP": "10.0.0.7"}});
            Object::new(value, None).unwrap()
        };
        let pods = vec![
            pod("a-failed", "Failed"),
            pod("live", "Running"),
            pod("z-done", "Succeeded"),
        ];
        let known = Attribution::of(&Inventory::new(pods, catseye_model::Completeness::Cluster));
        let address = "10.0.0.7".parse().unwrap();
        assert_eq!(
            known.at_address(address).map(|it| it.pod.as_str()),
            Some("live")
        );
        // What it did is still told to be its own.
        assert!(known.uids.contains_key("z-done"));
    }

    #[test]
    fn what_one_event_tells_of_a_container_is_known_of_the_next() {
        let mut attribution = Attribution::default();
        let time = "2026-01-05T10:00:00Z".parse().unwrap();
        let mut event =
            RuntimeEvent::new(time, RuntimeSource::Falco, Activity::Exec(Exec::default()));
        event.subject.container_id = "4f0c8a2b1c3d99".to_owned();
        event.subject.pod = "web-0".to_owned();
        event.subject.namespace = "shop".to_owned();
        attribution.complete(&mut event);
        let mut next = event.clone();
        next.subject = Subject {
            container_id: "4f0c8a2b1c3d".to_owned(),
            ..Subject::default()
        };
        attribution.complete(&mut next);
        assert_eq!(next.subject.pod, "web-0");
        assert_eq!(next.subject.container_id, "4f0c8a2b1c3d99");
    }
}
