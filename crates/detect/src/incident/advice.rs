//! What to do about an incident: the next hour's work, in the order in which it pays.

use std::collections::BTreeSet;

use catseye_event::Actor;

use super::record::{EvidenceKind, Incident};
use super::seen::{NODE, WORKLOAD};
use crate::detection::Tactic;

/// What to do, most urgent first.
pub(super) fn on(incident: &Incident) -> Vec<String> {
    let mut advice = vec![ask(incident)];
    let tactics: BTreeSet<Tactic> = incident.tactics.iter().copied().collect();
    let touched = |words: &[&str]| {
        incident
            .evidence
            .iter()
            .flat_map(|evidence| &evidence.targets)
            .any(|target| words.contains(&target.resource.as_str()))
    };
    if touched(&[
        "roles",
        "rolebindings",
        "clusterroles",
        "clusterrolebindings",
    ]) {
        advice.push(
            "Undo the role and binding changes that nobody asked for: `catseye audit trail` shows each with before and after."
                .to_owned(),
        );
    }
    if touched(&["certificatesigningrequests"]) {
        advice.push(
            "A client certificate cannot be revoked: remove every right of its user and groups, or change the signing CA."
                .to_owned(),
        );
    }
    if touched(&["secrets"]) {
        advice.push(
            "Change the secrets that were read, at their source, and see who used them since."
                .to_owned(),
        );
    }
    if touched(&[
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
        "apiservices",
    ]) {
        advice.push(
            "Delete or restore the webhook: until then it sees and changes every object that is written."
                .to_owned(),
        );
    }
    let execution = [Tactic::Execution, Tactic::LateralMovement];
    if incident.kind != WORKLOAD && execution.iter().any(|tactic| tactics.contains(tactic)) {
        advice.push(
            "Isolate the pods that were entered or created with a NetworkPolicy and keep them for evidence before you delete them."
                .to_owned(),
        );
    }
    if incident.kind == WORKLOAD && tactics.contains(&Tactic::CredentialAccess) {
        advice.push(
            "Change what the pod could read: its service account's token dies with the pod, mounted Secrets and keys do not."
                .to_owned(),
        );
    }
    if tactics.contains(&Tactic::Impact) && incident.kind != WORKLOAD {
        advice.push("Compare what was changed or deleted with what is desired, and restore it: `catseye drift`.".to_owned());
    }
    let only_anomalies = incident
        .evidence
        .iter()
        .all(|evidence| evidence.kind == EvidenceKind::Anomaly);
    if only_anomalies {
        advice.push(
            "If this is the new normal, learn it: run with --trust and --write-baseline over the log of these days."
                .to_owned(),
        );
    }
    advice
}

/// How to stop and ask, by kind of actor.
fn ask(incident: &Incident) -> String {
    let name = &incident.actor;
    if incident.kind == WORKLOAD {
        return format!(
            "Isolate the pods of {name} with a NetworkPolicy that allows nothing, keep one for evidence, and start the workload anew from a clean image."
        );
    }
    if incident.kind == NODE {
        return format!("Cordon {name}, move its pods away and keep its disk for evidence.");
    }
    // Behind a cloud's user name stands the person's in parentheses.
    let username = name.split(" (").next().unwrap_or(name);
    match Actor::of(username, false) {
        Actor::ServiceAccount { namespace, name } => format!(
            "Find out which pod called: if none of `{namespace}/{name}` should, delete the pods that hold its token (bound tokens die with them) and take its roles away."
        ),
        Actor::Node { name } => format!(
            "Cordon node {name} and take its kubelet credential away; whoever holds it speaks for every pod on the node."
        ),
        Actor::Anonymous => {
            "Find the binding that names system:anonymous or system:unauthenticated and delete it; switch anonymous authentication off."
                .to_owned()
        }
        Actor::Component { name } => {
            format!("Only the control plane should call as {name}: find out which machine did, and change its credential.")
        }
        Actor::Human { name } => format!(
            "Ask {name}, by another channel, whether that was them; if not, end their sessions and take their bindings away."
        ),
    }
}
