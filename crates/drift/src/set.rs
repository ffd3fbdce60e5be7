//! Everything desired against everything live: what is missing, what differs, what nobody desires.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::kind::Scope;
use catseye_model::{Completeness, Fields as _, Inventory, Kind, Object, ObjectKey, Value};
use jiff::Timestamp;

use crate::compare::Comparison;
use crate::delivery::is_release;
use crate::desired::ownership::{Application, Ownership};
use crate::desired::{DesiredState, Source};
use crate::difference::{Class, Difference};
use crate::journal::Departure;
use crate::ledger::{Call, Ledger, overlaps};
use crate::mutation::{Mutations, Suspect};
use crate::owner::Owners;
use crate::path::Path;
use crate::provenance::{Provenance, is_left_behind, is_orphan};

/// An object that is not as desired.
#[derive(Debug, Clone)]
pub struct ObjectDrift {
    /// The object.
    pub key: ObjectKey,
    /// Its API version, as live says or else desired.
    pub api_version: String,
    /// Where it is desired; none for what nobody desires.
    pub source: Option<Source>,
    /// The uid of the live object.
    pub uid: Option<String>,
    /// The version of the live object.
    pub resource_version: Option<String>,
    /// When the live object was made.
    pub created: Option<Timestamp>,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// The comparison of a whole cluster.
#[derive(Debug, Clone, Default)]
pub struct Drifts {
    /// Objects that differ, by key.
    pub objects: Vec<ObjectDrift>,
    /// How many objects are desired.
    pub desired: usize,
    /// Of these, how many are exactly as desired.
    pub same: usize,
    /// Of these, how many are being deployed just now, so that nothing is said of them.
    pub held: usize,
    /// How many live fields desired does not name and were told as expected.
    pub expected: usize,
    /// Values that cannot be compared, because they were hashed under different keys.
    pub incomparable: Vec<(ObjectKey, Path)>,
    /// Objects that cannot be compared, because desired is written in another version of the API; with
    /// the `apiVersion` of desired and of live.
    pub other_versions: Vec<(ObjectKey, String, String)>,
    /// Live objects that are in scope, for the share that is managed.
    pub live: usize,
}

impl Drifts {
    /// How many differences there are of a class.
    pub fn count(&self, class: Class) -> usize {
        self.objects
            .iter()
            .flat_map(|object| &object.differences)
            .filter(|difference| difference.class == class)
            .count()
    }
}

impl ObjectDrift {
    /// The drift of an object as a whole.
    pub fn whole(key: ObjectKey, class: Class, object: &Object, source: Option<Source>) -> Self {
        let is_live = class == Class::Unmanaged;
        let value = object.value();
        let owners = Owners::of(value);
        ObjectDrift {
            api_version: object.api_version().to_owned(),
            uid: value
                .text("metadata.uid")
                .map(str::to_owned)
                .filter(|_| is_live),
            resource_version: value
                .text("metadata.resourceVersion")
                .map(str::to_owned)
                .filter(|_| is_live),
            created: created(value).filter(|_| is_live),
            differences: vec![Difference {
                class,
                path: Path::root(),
                desired: (!is_live).then(|| value.clone()),
                live: is_live.then(|| value.clone()),
                owners: owners.claims().filter(|_| is_live).cloned().collect(),
                note: None,
            }],
            key,
            source,
        }
    }
}

impl ObjectDrift {
    /// The drift of an object that an application lists and that is not there. What it should be, only the
    /// application's tool knows.
    pub fn not_there(key: ObjectKey, application: &Application) -> Self {
        ObjectDrift {
            key,
            api_version: String::new(),
            source: Some(Source::Inventory(application.told())),
            uid: None,
            resource_version: None,
            created: None,
            differences: vec![Difference {
                class: Class::Missing,
                path: Path::root(),
                desired: None,
                live: None,
                owners: Vec::new(),
                note: None,
            }],
        }
    }
}

/// The keys of live objects, to find those that inventories list. Of a custom kind an inventory may name a
/// namespace although it belongs to the whole cluster.
pub(crate) struct There(BTreeSet<ObjectKey>);

impl There {
    pub(crate) fn of<'k>(keys: impl Iterator<Item = &'k ObjectKey>, ownership: &Ownership) -> Self {
        let listed = |key: &&ObjectKey| {
            ownership.owns(key) || (key.namespace.is_empty() && key.known_kind().scope().is_none())
        };
        There(keys.filter(listed).cloned().collect())
    }

    pub(crate) fn holds(&self, key: &ObjectKey) -> bool {
        let bare = || ObjectKey {
            namespace: String::new(),
            ..key.clone()
        };
        self.0.contains(key) || (key.known_kind().scope().is_none() && self.0.contains(&bare()))
    }
}

/// Compares one object: what the hub asks for every change. Cheap when nothing differs.
pub fn compare_one(
    comparison: &Comparison<'_>,
    desired: &DesiredState,
    live: &Object,
) -> Option<ObjectDrift> {
    let key = ObjectKey::of(live);
    let wanted = desired.get(&key).filter(|_| !desired.is_held(&key))?;
    let compared = comparison.compare(wanted.object.value(), live.value());
    if compared.differences.is_empty() {
        return None;
    }
    Some(drifted(
        key,
        live,
        wanted.source.clone(),
        compared.differences,
    ))
}

fn drifted(
    key: ObjectKey,
    live: &Object,
    source: Source,
    differences: Vec<Difference>,
) -> ObjectDrift {
    let value = live.value();
    ObjectDrift {
        key,
        api_version: live.api_version().to_owned(),
        source: Some(source),
        uid: value.text("metadata.uid").map(str::to_owned),
        resource_version: value.text("metadata.resourceVersion").map(str::to_owned),
        created: created(value),
        differences,
    }
}

fn created(value: &Value) -> Option<Timestamp> {
    value.text("metadata.creationTimestamp")?.parse().ok()
}

/// What is needed to tell whether an object that nobody desires matters.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Where desired claims to say everything.
    pub coverage: Coverage,
    /// What delivery tools say that they own.
    pub ownership: Ownership,
    /// What they own and is not there is told.
    pub tells_missing: bool,
    /// Who made what.
    pub provenance: Provenance,
}

impl Surroundings {
    /// Learns from the live cluster. `ownership` is empty where inventories are not to count.
    pub fn of(desired: &DesiredState, live: &Inventory, ownership: Ownership) -> Self {
        Surroundings {
            coverage: Coverage::of(desired, &ownership),
            ownership,
            tells_missing: true,
            provenance: Provenance::of(live),
        }
    }

    /// True for a live object that nobody desires and nobody but a hand explains.
    pub fn is_unmanaged(
        &self,
        comparison: &Comparison<'_>,
        desired: &DesiredState,
        key: &ObjectKey,
        object: &Object,
    ) -> bool {
        desired.get(key).is_none()
            && !desired.is_held(key)
            && self.coverage.covers(key, object)
            && !self.ownership.owns(key)
            && !self.provenance.explains(comparison, key, object)
    }
}

/// Compares everything.
pub fn compare_all(
    comparison: &Comparison<'_>,
    desired: &DesiredState,
    live: &Inventory,
    around: &Surroundings,
) -> Drifts {
    let mut by_key: BTreeMap<ObjectKey, &Object> = BTreeMap::new();
    for (_, object) in live.objects() {
        by_key.insert(ObjectKey::of(object), object);
    }
    let mut drifts = Drifts {
        desired: desired.len(),
        ..Drifts::default()
    };
    for (key, wanted) in desired.iter() {
        if desired.is_held(key) {
            drifts.held += 1;
            continue;
        }
        let Some(object) = by_key.get(key) else {
            if may_be_gone(wanted.object.value()) || !sees_kind(live, key) {
                drifts.same += 1;
            } else {
                drifts.objects.push(ObjectDrift::whole(
                    key.clone(),
                    Class::Missing,
                    &wanted.object,
                    Some(wanted.source.clone()),
                ));
            }
            continue;
        };
        let compared = comparison.compare(wanted.object.value(), object.value());
        drifts.expected += compared.expected;
        drifts.incomparable.extend(
            compared
                .incomparable
                .into_iter()
                .map(|path| (key.clone(), path)),
        );
        if compared.other_version {
            let versions = [&wanted.object, object].map(|it| it.api_version().to_owned());
            let [own, other] = versions;
            drifts.other_versions.push((key.clone(), own, other));
        } else if compared.differences.is_empty() {
            drifts.same += 1;
        } else {
            let source = wanted.source.clone();
            drifts
                .objects
                .push(drifted(key.clone(), object, source, compared.differences));
        }
    }
    if around.tells_missing && !around.ownership.is_empty() {
        let there = There::of(by_key.keys(), &around.ownership);
        for key in around.ownership.objects() {
            if desired.get(key).is_none()
                && !desired.is_held(key)
                && !there.holds(key)
                && sees_kind(live, key)
                && let Some(application) = around.ownership.expects(key)
            {
                drifts
                    .objects
                    .push(ObjectDrift::not_there(key.clone(), &application));
            }
        }
    }
    let uids: BTreeSet<&str> = live
        .objects()
        .filter_map(|(_, object)| object.value().text("metadata.uid"))
        .collect();
    for (key, object) in &by_key {
        if !around.coverage.covers(key, object) {
            continue;
        }
        drifts.live += 1;
        let is_orphan = desired.get(key).is_none()
            && !desired.is_held(key)
            && is_orphan(live, &uids, object)
            && !is_left_behind(comparison, key, object);
        if is_orphan || around.is_unmanaged(comparison, desired, key, object) {
            drifts.objects.push(ObjectDrift::whole(
                key.clone(),
                Class::Unmanaged,
                object,
                None,
            ));
        }
    }
    drifts.objects.sort_by(|one, other| one.key.cmp(&other.key));
    drifts
}

/// Absence says something only of what the live state would show.
fn sees_kind(live: &Inventory, key: &ObjectKey) -> bool {
    match live.completeness() {
        Completeness::Cluster => true,
        _ => live
            .objects()
            .any(|(_, object)| object.kind_name() == key.kind && object.group() == key.group),
    }
}

/// Jobs that clean up after themselves.
pub(crate) fn may_be_gone(object: &Value) -> bool {
    object.text("kind") == Some("Job") && object.has("spec.ttlSecondsAfterFinished")
}

/// Learns constant webhook mutations from the objects: a first comparison, of whose findings those count that
/// the deployer's own request brought.
pub fn learn(
    comparison: &Comparison<'_>,
    desired: &DesiredState,
    live: &Inventory,
    into: &mut Mutations,
) {
    if !into.has_webhooks() {
        return;
    }
    let mut compared: Vec<&Object> = Vec::new();
    let mut suspects = Vec::new();
    for (_, object) in live.objects() {
        let Some(wanted) = desired.get(&ObjectKey::of(object)) else {
            continue;
        };
        let owners = Owners::of(object.value());
        let deployer = owners.deployer().map(|claim| claim.manager.clone());
        let found = comparison.compare(wanted.object.value(), object.value());
        for difference in found.differences {
            let by_deployer = !difference.owners.is_empty()
                && difference
                    .owners
                    .iter()
                    .all(|claim| Some(&claim.manager) == deployer.as_ref());
            if difference.class == Class::Added
                && by_deployer
                && let Some(value) = difference.live
            {
                suspects.push(Suspect {
                    object: compared.len(),
                    path: difference.path,
                    value,
                });
            }
        }
        compared.push(object);
    }
    into.suspect(&compared, &suspects);
}

/// Where desired claims to say everything: namespaces in which it has objects, and cluster-wide kinds of
/// which it has some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    namespaces: BTreeSet<String>,
    kinds: BTreeSet<(String, String)>,
}

impl Coverage {
    /// What desired objects, and the inventories of delivery tools, claim.
    pub fn of(desired: &DesiredState, ownership: &Ownership) -> Self {
        Self::of_keys(desired.iter().map(|(key, _)| key), ownership)
    }

    /// The same, but for what only an object's own annotation says: that claims nothing about others.
    pub fn of_written(desired: &DesiredState, ownership: &Ownership) -> Self {
        let written = desired
            .iter()
            .filter(|(_, wanted)| wanted.source != Source::LastApplied)
            .map(|(key, _)| key);
        Self::of_keys(written, ownership)
    }

    fn of_keys<'k>(keys: impl Iterator<Item = &'k ObjectKey>, ownership: &Ownership) -> Self {
        let mut coverage = Coverage::default();
        for key in keys {
            if key.namespace.is_empty() {
                coverage.kinds.insert((key.group.clone(), key.kind.clone()));
            } else {
                coverage.namespaces.insert(key.namespace.clone());
            }
        }
        // Applications own some of the cluster-wide objects, and claim nothing about the others.
        for key in ownership.objects() {
            if !key.namespace.is_empty() {
                coverage.namespaces.insert(key.namespace.clone());
            }
        }
        coverage
    }

    /// True when an object that nobody desires is noticed.
    pub fn covers(&self, key: &ObjectKey, object: &Object) -> bool {
        if key.namespace.is_empty() {
            return object.kind().scope() != Some(Scope::Namespaced)
                && self.kinds.contains(&(key.group.clone(), key.kind.clone()));
        }
        self.namespaces.contains(&key.namespace)
    }
}

/// Adds what a log tells beside the present state: what was otherwise for a while, and what was deleted and
/// made again.
pub fn add_history(
    drifts: &mut Drifts,
    departures: &[Departure],
    ledger: &Ledger,
    desired: &DesiredState,
    live: &Inventory,
) {
    let mut by_key: BTreeMap<ObjectKey, &Object> = BTreeMap::new();
    for (_, object) in live.objects() {
        let key = ObjectKey::of(object);
        if desired.get(&key).is_some() {
            by_key.insert(key, object);
        }
    }
    let mut found: BTreeMap<ObjectKey, Vec<Difference>> = BTreeMap::new();
    for departure in departures {
        let now = drifts
            .objects
            .iter()
            .find(|drift| drift.key == departure.key);
        let path = departure.difference.path.to_string();
        let stands = now.is_some_and(|drift| {
            drift
                .differences
                .iter()
                .any(|it| overlaps(&it.path.to_string(), &path))
        });
        if stands || !by_key.contains_key(&departure.key) {
            continue;
        }
        let known = found.entry(departure.key.clone()).or_default();
        if !known.iter().any(|it| it.path == departure.difference.path) {
            known.push(Difference {
                class: Class::Reverted,
                ..departure.difference.clone()
            });
        }
    }
    for (key, object) in &by_key {
        let calls = ledger.calls(key);
        let deleted = calls.iter().rposition(|call| call.verb == "delete");
        let uid = object.value().text("metadata.uid");
        let earlier = calls
            .iter()
            .any(|call| call.uid.is_some() && uid.is_some() && call.uid.as_deref() != uid);
        // A release may replace an object.
        let owners = Owners::of(object.value());
        let by_release = |call: &Call| {
            let deployer = owners.deployer();
            deployer.is_some_and(|deployer| is_release(&deployer.manager, call))
        };
        let is_replaced = match deleted {
            Some(place) => {
                let made = calls[place..].iter().find(|call| call.verb != "delete");
                by_release(&calls[place]) && made.is_some_and(by_release)
            }
            None => calls
                .iter()
                .find(|call| call.uid.is_some() && call.uid.as_deref() == uid)
                .is_some_and(by_release),
        };
        if is_replaced {
            continue;
        }
        if deleted.is_some_and(|place| place + 1 < calls.len()) || (earlier && deleted.is_none()) {
            found.entry(key.clone()).or_default().push(Difference {
                class: Class::Recreated,
                path: Path::root(),
                desired: None,
                live: None,
                owners: Vec::new(),
                note: None,
            });
        }
    }
    for (key, differences) in found {
        if let Some(drift) = drifts.objects.iter_mut().find(|drift| drift.key == key) {
            drift.differences.extend(differences);
            continue;
        }
        if let (Some(object), Some(wanted)) = (by_key.get(&key), desired.get(&key)) {
            drifts.same = drifts.same.saturating_sub(1);
            drifts
                .objects
                .push(drifted(key, object, wanted.source.clone(), differences));
        }
    }
    drifts.objects.sort_by(|one, other| one.key.cmp(&other.key));
}

/// The objects that decide about this one through a controller: its owners, and the autoscalers that name it.
pub fn decided_by(drift: &ObjectDrift, live: &Inventory) -> Vec<ObjectKey> {
    let mut deciders = Vec::new();
    if drift
        .differences
        .iter()
        .any(|it| it.path.is_below("spec.replicas"))
    {
        for (_, object) in live.in_namespace(Kind::HorizontalPodAutoscaler, &drift.key.namespace) {
            let target = object.value().at("spec.scaleTargetRef");
            if target.text("kind") == Some(&drift.key.kind)
                && target.text("name") == Some(&drift.key.name)
            {
                deciders.push(ObjectKey::of(object));
            }
        }
    }
    let live_value = drift
        .differences
        .iter()
        .find_map(|it| it.live.as_ref().filter(|_| it.path.steps().is_empty()));
    for owner in live_value.map_or(&[][..], |value| value.list("metadata.ownerReferences")) {
        let group = owner
            .text("apiVersion")
            .and_then(|version| version.split_once('/'))
            .map_or("", |(group, _)| group);
        deciders.push(ObjectKey {
            group: group.to_owned(),
            kind: owner.text("kind").unwrap_or_default().to_owned(),
            namespace: drift.key.namespace.clone(),
            name: owner.text("name").unwrap_or_default().to_owned(),
        });
    }
    deciders
}
