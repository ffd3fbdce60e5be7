//! What detection made of an actor's calls, or of what ran in a workload, as a clue.

use std::sync::Arc;

use catseye_detect::Target;
use catseye_detect::incident::{self, EvidenceKind};
use catseye_model::{Kind, ObjectKey};

use super::clue::Clue;
use super::incident::{ActorRef, Moment, Receipt, ReceiptPart, Session, Source};
use super::rows::Facts as _;
use crate::facts::{RAN_IN, WorldFacts};
use crate::world::World;

impl Clue {
    /// All that one actor did within hours.
    pub(crate) fn detected(incident: &incident::Incident) -> Self {
        let mut subjects: Vec<(ObjectKey, String)> = Vec::new();
        let mut worst_first: Vec<&incident::Evidence> = incident.evidence.iter().collect();
        worst_first.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.first.cmp(&b.first)));
        for target in worst_first.iter().flat_map(|evidence| &evidence.targets) {
            if let Some(key) = object_of(target)
                && subjects.iter().all(|(known, _)| *known != key)
                && subjects.len() < 20
            {
                subjects.push((key, role_of(target).to_owned()));
            }
        }
        Clue {
            origin: Some(incident.id.clone()),
            actor: Some(ActorRef {
                name: incident.actor.clone(),
                kind: incident.kind.to_owned(),
            }),
            subjects,
            moments: incident.evidence.iter().map(moment).collect(),
            sessions: incident
                .sessions
                .iter()
                .map(|session| Session {
                    source: session.source.clone(),
                    agent: session.agent.clone(),
                    first: session.first,
                    last: session.last,
                    events: session.events,
                })
                .collect(),
            advice: incident.advice.clone(),
            to_validate: false,
            scene: incident.scene.clone(),
        }
    }

    /// All that the pods of one workload, or a node, did within hours, as sensors saw it.
    pub(crate) fn sensed(incident: &incident::Incident, world: &Arc<World>) -> Self {
        let facts = WorldFacts(world);
        let mut clue = Clue::detected(incident);
        for moment in &mut clue.moments {
            moment.source = Source::Runtime;
        }
        let mut subjects: Vec<(ObjectKey, String)> = Vec::new();
        for (object, _) in std::mem::take(&mut clue.subjects) {
            let workload = facts.workload_of(&object);
            for object in workload.into_iter().chain([object]) {
                if subjects.iter().all(|(known, _)| *known != object) {
                    subjects.push((object, RAN_IN.to_owned()));
                }
            }
        }
        clue.subjects = subjects;
        clue
    }
}

fn moment(evidence: &incident::Evidence) -> Moment {
    let through = evidence.through.as_ref();
    let through = through.map_or(String::new(), |name| format!(" (through {name})"));
    Moment {
        first: evidence.first,
        last: evidence.last,
        count: evidence.count,
        source: match evidence.kind {
            EvidenceKind::Rule => Source::Audit,
            EvidenceKind::Anomaly => Source::Anomaly,
        },
        id: evidence.id.clone(),
        title: evidence.title.clone(),
        sentence: format!("{}{through}", evidence.message),
        severity: evidence.severity,
        weighed_by: evidence.weighed_by.clone(),
        tactic: Some(evidence.tactic.as_str().to_owned()),
        technique: Some(evidence.technique.clone()).filter(|technique| !technique.is_empty()),
        targets: evidence.targets.iter().map(ToString::to_string).collect(),
        events: evidence.event_ids.clone(),
        fields: evidence
            .fields
            .iter()
            .map(|field| (field.field.clone(), field.value.clone()))
            .collect(),
        receipt: evidence.receipt.as_ref().map(|receipt| Receipt {
            past: receipt.past(),
            parts: receipt
                .parts
                .iter()
                .map(|part| ReceiptPart {
                    what: part.what.to_owned(),
                    value: part.value.clone(),
                    points: f64::from(part.points()),
                    because: part.because.clone(),
                })
                .collect(),
        }),
    }
}

/// The object that a call is about; `None` where it names none.
fn object_of(target: &Target) -> Option<ObjectKey> {
    // Reviews are questions, not objects.
    if target.name.is_empty() || target.resource.ends_with("reviews") {
        return None;
    }
    let kind = kind_of(&target.resource);
    Some(ObjectKey {
        group: kind.map_or(String::new(), |kind| kind.group().to_owned()),
        kind: kind.map_or_else(|| target.resource.clone(), |kind| kind.name().to_owned()),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
    })
}

/// The kind of a resource by its plural.
pub(crate) fn kind_of(resource: &str) -> Option<Kind> {
    Kind::ALL
        .iter()
        .copied()
        .find(|kind| plural(kind.name()) == resource)
}

/// The plural of a kind, as paths have it.
pub(crate) fn plural(kind: &str) -> String {
    let name = kind.to_lowercase();
    if name == "endpoints" {
        name
    } else if let Some(stem) = name.strip_suffix('y') {
        // A gateway's plural keeps its `y`.
        if stem.ends_with('a') {
            name + "s"
        } else {
            format!("{stem}ies")
        }
    } else if name.ends_with('s') {
        name + "es"
    } else {
        name + "s"
    }
}

fn role_of(target: &Target) -> &'static str {
    match (target.verb.as_str(), target.subresource.as_str()) {
        (_, "exec" | "attach" | "portforward" | "ephemeralcontainers") => "entered",
        (_, "proxy") => "reached through",
        ("create", "token") => "token of",
        ("create", _) => "created",
        ("update" | "patch", _) => "changed",
        ("delete" | "deletecollection", _) => "deleted",
        ("impersonate", _) => "acted as",
        _ => "read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_name_kinds() {
        for (plural, kind) in [
            ("pods", Kind::Pod),
            ("networkpolicies", Kind::NetworkPolicy),
            ("ingresses", Kind::Ingress),
            ("gateways", Kind::Gateway),
            ("endpoints", Kind::Endpoints),
            (
                "mutatingwebhookconfigurations",
                Kind::MutatingWebhookConfiguration,
            ),
        ] {
            assert_eq!(kind_of(plural), Some(kind), "{plural}");
        }
    }
}
