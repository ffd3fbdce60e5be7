//! What drift means for security: the checks and connections that differ between the live cluster and the
//! same cluster with the drift undone.
//!
//! Both are judged by the same code, so a drifted label is a line and a drifted `privileged: true` is an
//! incident. A policy that is gone shows at the workloads that it protected, so where a drifted kind speaks
//! about others, its whole namespace is judged.

use std::collections::{BTreeMap, BTreeSet};

use catseye_checks::{Config, Judge, Verdict};
use catseye_model::{Inventory, Kind, Object, ObjectId, ObjectKey, Severity};
use catseye_netpol::Reach;
use serde::Serialize;

use crate::desired::DesiredState;
use crate::difference::Class;
use crate::restored::{edits, restored};
use crate::set::{Drifts, ObjectDrift};

/// A check whose answer differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Effect {
    /// How bad it is.
    pub severity: Severity,
    /// The id of the check.
    pub check: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The object that it is about, where that is another one than the drifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// What drift means.
#[derive(Debug, Clone, Default)]
pub struct Meaning {
    /// Per drifted object: checks that fail live and would not without the drift.
    pub worse: BTreeMap<ObjectKey, Vec<Effect>>,
    /// Per drifted object: checks that would fail without the drift. The way back would bring these.
    pub better: BTreeMap<ObjectKey, Vec<Effect>>,
    /// Connections that are open only because of the drift, as `source -> destination ports`.
    pub opened: Vec<String>,
    /// Connections that the drift closes.
    pub closed: Vec<String>,
}

impl Meaning {
    /// How much an object's drift matters: the worst check that it breaks, and little where it breaks none.
    pub fn severity(&self, object: &ObjectDrift) -> Severity {
        let worst = self
            .worse
            .get(&object.key)
            .into_iter()
            .flatten()
            .map(|effect| effect.severity)
            .max()
            .unwrap_or(Severity::Info);
        worst.max(base(object))
    }
}

/// What a class of drift weighs by itself.
pub fn base(object: &ObjectDrift) -> Severity {
    let kind = object.key.kind.as_str();
    let guards = matches!(
        kind,
        "NetworkPolicy"
            | "AdminNetworkPolicy"
            | "BaselineAdminNetworkPolicy"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "ValidatingWebhookConfiguration"
            | "MutatingWebhookConfiguration"
    );
    let grants = matches!(
        kind,
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding"
    );
    let of_difference = |class: Class, path: &crate::Path| match class {
        Class::Missing if guards => Severity::High,
        Class::Missing => Severity::Medium,
        Class::Unmanaged if grants || guards => Severity::Medium,
        Class::Unmanaged | Class::Recreated | Class::Reverted => Severity::Low,
        Class::ReOwned => Severity::Info,
        _ if path.is_below("metadata") => Severity::Info,
        _ if guards || grants => Severity::Medium,
        _ if matches!(
            path.last_field(),
            "image" | "command" | "args" | "containers" | "initContainers"
        ) =>
        {
            Severity::Medium
        }
        _ => Severity::Low,
    };
    object
        .differences
        .iter()
        .map(|difference| of_difference(difference.class, &difference.path))
        .max()
        .unwrap_or(Severity::Info)
}

/// Kinds whose drift shows at other objects.
const ABOUT_OTHERS: &[&str] = &[
    "NetworkPolicy",
    "Namespace",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ServiceAccount",
    "Service",
    "Ingress",
];

/// Judges both states.
pub fn meaning(live: &Inventory, desired: &DesiredState, drifts: &Drifts) -> Meaning {
    let mut meaning = Meaning::default();
    if drifts.objects.is_empty() {
        return meaning;
    }
    let before = undone(live, desired, drifts);
    let config = Config::default();
    let judges = [&before, live].map(|state| Judge::new(state, &config, catseye_checks::all()));
    let [was, is] = &judges;
    meaning = checks(was, is, drifts);
    if concerns_network(drifts) {
        network(&mut meaning, &Reach::of(&before), &Reach::of(live));
    }
    meaning
}

/// What the checks say of an object: by check and message.
pub type Answers = BTreeMap<(&'static str, String), Severity>;

/// A state of a cluster whose objects are judged.
pub trait Judged {
    /// The objects.
    fn inventory(&self) -> &Inventory;
    /// What the checks say of one; nothing of what is not judged.
    fn answers(&self, object: ObjectId) -> Answers;
}

impl Judged for Judge<'_> {
    fn inventory(&self) -> &Inventory {
        Judge::inventory(self)
    }

    fn answers(&self, object: ObjectId) -> Answers {
        self.verdict(object)
            .as_ref()
            .map(answers_of)
            .unwrap_or_default()
    }
}

/// The answers of a verdict.
pub fn answers_of(verdict: &Verdict) -> Answers {
    let mut answers = BTreeMap::new();
    for finding in &verdict.findings {
        for place in &finding.places {
            answers.insert((finding.check, place.message.clone()), place.severity);
        }
    }
    answers
}

/// The live cluster with the drift undone.
pub fn undone(live: &Inventory, desired: &DesiredState, drifts: &Drifts) -> Inventory {
    let (upserts, removals) = undoing(live, desired, &drifts.objects);
    live.patched(upserts, &removals).inventory
}

/// What undoes drift: objects as they would be, and objects that would not be there.
pub fn undoing(
    live: &Inventory,
    desired: &DesiredState,
    drifts: &[ObjectDrift],
) -> (Vec<Object>, Vec<ObjectId>) {
    let mut upserts = Vec::new();
    let mut removals = Vec::new();
    let children = children(live, desired, drifts);
    for drift in drifts {
        let found = find(live, &drift.key);
        let wanted = desired.get(&drift.key);
        match (found, wanted) {
            // What it controls goes with it, as the garbage collector would have it.
            (Some((id, _)), None) => removals.extend(below(&children, id)),
            (None, Some(wanted)) => upserts.push(wanted.object.clone()),
            (Some((_, object)), Some(wanted)) => {
                let edits = edits(wanted.object.value(), object.value(), &drift.differences);
                let back = restored(object.value(), &edits);
                if let Ok(back) = Object::new(back, None) {
                    upserts.push(back);
                }
            }
            (None, None) => {}
        }
    }
    (upserts, removals)
}

/// Objects by what controls them.
type Children = BTreeMap<ObjectId, Vec<ObjectId>>;

/// What is controlled by what; empty where nothing is to be removed.
fn children(live: &Inventory, desired: &DesiredState, drifts: &[ObjectDrift]) -> Children {
    let mut children = Children::new();
    if drifts.iter().all(|drift| desired.get(&drift.key).is_some()) {
        return children;
    }
    for (id, _) in live.objects() {
        if let Some(owner) = live.owner(id) {
            children.entry(owner).or_default().push(id);
        }
    }
    children
}

/// An object and what it controls, directly or not.
fn below(children: &Children, owner: ObjectId) -> Vec<ObjectId> {
    // Hostile input may hold a cycle of owners: each object is taken once.
    let mut seen = BTreeSet::from([owner]);
    let mut found = vec![owner];
    let mut at = 0;
    while let Some(id) = found.get(at).copied() {
        at += 1;
        for child in children.get(&id).into_iter().flatten() {
            if seen.insert(*child) {
                found.push(*child);
            }
        }
    }
    found.sort_unstable();
    found
}

fn find<'i>(inventory: &'i Inventory, key: &ObjectKey) -> Option<(ObjectId, &'i Object)> {
    let kind = key.known_kind();
    let namespace = if key.namespace.is_empty() && kind == Kind::Other {
        "default"
    } else {
        &key.namespace
    };
    inventory
        .named(kind, namespace, &key.name)
        .find(|(_, object)| object.kind_name() == key.kind && object.group() == key.group)
}

/// What the checks say that they would not without the drift, and the other way round. `was` is the state with
/// the drift undone.
pub fn checks(was: &dyn Judged, is: &dyn Judged, drifts: &Drifts) -> Meaning {
    let mut meaning = Meaning::default();
    let live = is.inventory();
    let mut told: BTreeSet<(ObjectKey, &'static str, String)> = BTreeSet::new();
    let mut lost = told.clone();
    // The object's own answers first: what they explain is no effect on others.
    for drift in &drifts.objects {
        let key = &drift.key;
        let (old, new) = (answers(was, key), answers(is, key));
        note(&mut meaning.worse, key, None, &old, &new);
        // An object that is gone fails no check; that is nothing better.
        if drift
            .differences
            .iter()
            .all(|it| it.class != Class::Missing)
        {
            note(&mut meaning.better, key, None, &new, &old);
        }
        for effect in new.keys() {
            told.insert((key.clone(), effect.0, effect.1.clone()));
        }
    }
    let drifted: BTreeSet<&ObjectKey> = drifts.objects.iter().map(|drift| &drift.key).collect();
    let mut by_namespace: BTreeMap<&str, BTreeSet<ObjectKey>> = BTreeMap::new();
    for drift in &drifts.objects {
        if !ABOUT_OTHERS.contains(&drift.key.kind.as_str()) {
            continue;
        }
        let namespace = if drift.key.kind == "Namespace" {
            &drift.key.name
        } else {
            &drift.key.namespace
        };
        let neighbours = by_namespace
            .entry(namespace)
            .or_insert_with(|| neighbours(live, namespace));
        for neighbour in neighbours.iter() {
            if drifted.contains(neighbour) {
                continue;
            }
            let (old, new) = (answers(was, neighbour), answers(is, neighbour));
            for (into, seen, without, with) in [
                (&mut meaning.worse, &mut told, &old, &new),
                // What protects others is missed by them when it goes.
                (&mut meaning.better, &mut lost, &new, &old),
            ] {
                let mut effects = BTreeMap::new();
                note(&mut effects, &drift.key, Some(neighbour), without, with);
                for effect in effects.remove(&drift.key).into_iter().flatten() {
                    if seen.insert((neighbour.clone(), effect.check, effect.message.clone())) {
                        into.entry(drift.key.clone()).or_default().push(effect);
                    }
                }
            }
        }
    }
    for effects in meaning
        .worse
        .values_mut()
        .chain(meaning.better.values_mut())
    {
        effects.sort_by(|one, other| {
            other
                .severity
                .cmp(&one.severity)
                .then_with(|| one.cmp(other))
        });
    }
    meaning
}

fn answers(state: &dyn Judged, key: &ObjectKey) -> Answers {
    find(state.inventory(), key).map_or_else(Answers::new, |(id, _)| state.answers(id))
}

fn note(
    into: &mut BTreeMap<ObjectKey, Vec<Effect>>,
    key: &ObjectKey,
    about: Option<&ObjectKey>,
    without: &BTreeMap<(&'static str, String), Severity>,
    with: &BTreeMap<(&'static str, String), Severity>,
) {
    for ((check, message), severity) in with {
        let known = without.contains_key(&(*check, message.clone()));
        if known {
            continue;
        }
        // Another wording of what was wrong before (a longer list, another image) is a change of the
        // evidence, not a new defect, unless it became worse.
        let was = without
            .iter()
            .filter(|((other, _), _)| other == check)
            .map(|(_, severity)| *severity)
            .max();
        let others = with.keys().filter(|(other, _)| other == check).count();
        let before = without.keys().filter(|(other, _)| other == check).count();
        if was.is_some_and(|was| was >= *severity) && others <= before {
            continue;
        }
        into.entry(key.clone()).or_default().push(Effect {
            severity: *severity,
            check,
            title: catseye_checks::find(check).map_or("", |check| check.title()),
            object: about.map(ToString::to_string),
            message: message.clone(),
        });
    }
}

fn neighbours(live: &Inventory, namespace: &str) -> BTreeSet<ObjectKey> {
    let mut found = BTreeSet::new();
    if namespace.is_empty() {
        return found;
    }
    for kind in Kind::ALL {
        for (id, object) in live.in_namespace(*kind, namespace) {
            if live.is_judged(id) {
                found.insert(ObjectKey::of(object));
            }
        }
    }
    found
}

/// True when the drift may open or close a connection: policies, and labels by which they select.
pub fn concerns_network(drifts: &Drifts) -> bool {
    drifts.objects.iter().any(|drift| {
        drift.key.kind.ends_with("NetworkPolicy")
            || drift.differences.iter().any(|difference| {
                let below_labels = difference.path.fields().any(|field| field == "labels");
                let is_workload = drift.key.known_kind().is_workload();
                (below_labels && (is_workload || drift.key.kind == "Namespace"))
                    || (is_workload && difference.class == Class::Unmanaged)
                    || difference.path.last_field() == "hostNetwork"
            })
    })
}

/// Notes the connections that the drift opens and closes.
pub fn network(meaning: &mut Meaning, was: &Reach, is: &Reach) {
    let difference = catseye_netpol::Difference::between(was, is);
    for change in difference.changes {
        let ends = format!("{} -> {}", change.source, change.destination);
        let opened = !change.before.covers(&change.after);
        let (list, ports) = if opened {
            (&mut meaning.opened, &change.after)
        } else {
            (&mut meaning.closed, &change.before)
        };
        list.push(format!("{ends} {ports}"));
    }
    for name in difference.added {
        meaning.opened.push(format!("{name} is new"));
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    #[test]
    fn what_a_removed_object_controls_goes_with_it() {
        let object = |kind: &str, name: &str, owner: Option<(&str, &str)>| {
            let owners: Vec<_> = owner
                .map(|(kind, name)| {
                    serde_json::json!({"apiVersion": "apps/v1", "kind": kind, "name": name,
                        "uid": name, "controller": true})
                })
                .into_iter()
                .collect();
            let version = if kind == "Pod" { "v1" } else { "apps/v1" };
            let value = json!({"apiVersion": version, "kind": kind, "metadata":
                {"name": name, "namespace": "shop", "uid": name, "ownerReferences": owners}});
            Object::new(value, None).unwrap()
        };
        let live = Inventory::new(
            vec![
                object("Deployment", "web", None),
                object("ReplicaSet", "web-1", Some(("Deployment", "web"))),
                object("Pod", "web-1-a", Some(("ReplicaSet", "web-1"))),
                object("Pod", "other", None),
            ],
            Completeness::Cluster,
        );
        let (web, _) = live.objects().next().unwrap();
        let drift = ObjectDrift::whole(
            ObjectKey::of(live.object(web)),
            Class::Unmanaged,
            live.object(web),
            None,
        );
        let (_, removals) = undoing(&live, &DesiredState::default(), &[drift]);
        let below: Vec<&str> = removals.iter().map(|id| live.object(*id).name()).collect();
        assert_eq!(below, ["web", "web-1", "web-1-a"]);
    }
}
