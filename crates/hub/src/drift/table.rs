//! The table of open drifts: what opens one, what it is waiting for, what closes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use catseye_drift::basis::Terms;
use catseye_drift::delivery::is_delivered;
use catseye_drift::desired::applied;
use catseye_drift::{
    Application, Attribution, Basis, Class, DesiredState, Difference, Journal, KnownBy, Ledger,
    Meaning, Mutations, ObjectDrift, Ownership, Schemas, Source, attribute,
};
use catseye_event::Event;
use catseye_model::{
    Completeness, Fields as _, Inventory, Object, ObjectKey, Severity, Value, json,
};
use jiff::{SignedDuration, Timestamp};

use super::{DriftRules, Part, SourceTold, effect};
use crate::live::{ObjectChange, find};
use crate::world::World;

/// How long a drift waits for the audit event that says whose it is.
const WAITS: SignedDuration = SignedDuration::from_secs(10);

/// Objects whose calls are remembered.
const MOST_OBJECTS: usize = 20_000;

/// Objects whose last body is remembered, to tell what the next call changes.
const MOST_BODIES: usize = 2_000;

/// An object that is not as desired.
#[derive(Debug, Clone)]
pub struct OpenDrift {
    /// Names it: the same for the same object.
    pub id: String,
    /// What differs.
    pub drift: ObjectDrift,
    /// Since when, as far as anybody knows.
    pub since: Timestamp,
    /// How much it matters.
    pub severity: Severity,
    /// Who made each difference, in their order.
    pub by: Vec<Attribution>,
    /// What it means.
    pub meaning: Meaning,
    /// The application that owns the object.
    pub application: Option<Application>,
    /// Delivery itself wrote it: what is desired here is older.
    pub is_delivered: bool,
    /// Its author and its meaning were looked for.
    pub(crate) is_settled: bool,
    /// It was seen to happen, not found.
    pub(crate) found: Found,
    /// Until when it waits for its author.
    due: Timestamp,
    /// Differences that nobody was told of yet.
    pub(super) fresh: Vec<Difference>,
}

/// How a drift became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The object was seen to change.
    Changing,
    /// Everything was compared: it may be old.
    Comparing,
}

/// Everything about drift that is remembered.
#[derive(Debug, Default)]
pub(crate) struct Drifting {
    rules: Option<DriftRules>,
    parts: BTreeMap<String, Part>,
    basis: Option<Arc<Basis>>,
    journal: Journal,
    /// Mutations that the log told of.
    mutations: Mutations,
    rows: BTreeMap<ObjectKey, Arc<OpenDrift>>,
    /// Objects that changed while everything is being compared.
    meanwhile: Option<BTreeSet<ObjectKey>>,
    /// Objects that are as desired again, of which nobody was told yet.
    closed: Closed,
    /// The row that was looked at last, and the one before which the last settling was cut off.
    settled_last: Option<ObjectKey>,
    cut_at: Option<ObjectKey>,
    /// Annotations that could not be read.
    unreadable: usize,
    /// The ledger has calls that were not kept yet.
    pub(crate) has_news: bool,
}

/// Objects that are as desired again.
#[derive(Debug, Default)]
pub(crate) struct Closed {
    pub(crate) keys: BTreeSet<ObjectKey>,
    /// All that is not open: everything was compared for the first time, and what an earlier run told may
    /// have been put right since.
    pub(crate) all: bool,
}

/// What everything is compared with, taken out so that nothing waits meanwhile.
pub(crate) struct Comparing {
    desired: DesiredState,
    terms: Terms,
    ledger: Ledger,
    mutations: Mutations,
    last_applied: bool,
}

/// What came of comparing everything.
pub(crate) struct Compared {
    basis: Basis,
    found: Vec<ObjectDrift>,
    unreadable: usize,
}

/// True when all objects of a kind are known.
pub(crate) fn sees(world: &World, group: &str, kind: &str) -> bool {
    let name = crate::live::kind_name(group, kind);
    let kinds = &world.coverage().kinds;
    kinds
        .get(&name)
        .is_some_and(|kind| kind.synced.is_some() && kind.gap.is_none())
}

impl Drifting {
    /// Goes on with a ledger that was kept.
    pub(crate) fn with(ledger: Ledger) -> Self {
        Drifting {
            journal: Journal::new(ledger, MOST_BODIES),
            ..Drifting::default()
        }
    }

    pub(crate) fn set_rules(&mut self, rules: DriftRules) {
        self.rules = Some(rules);
        let kinds = Schemas::builtin().kinds();
        let told = kinds.filter(|(_, kind)| !catseye_drift::provenance::is_record(kind));
        let nothing = Inventory::new(Vec::new(), Completeness::Tree);
        self.journal.know(&nothing, told);
    }

    pub(crate) fn is_on(&self) -> bool {
        self.rules.is_some()
    }

    pub(crate) fn set_part(&mut self, name: &str, part: Part) {
        self.parts.insert(name.to_owned(), part);
    }

    pub(crate) fn set_note(&mut self, name: &str, note: Option<String>) {
        self.parts.entry(name.to_owned()).or_default().note = note;
    }

    pub(crate) fn basis(&self) -> Option<Arc<Basis>> {
        self.basis.clone()
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.journal.ledger
    }

    /// The ledger to be kept, with what is too much forgotten.
    pub(crate) fn kept_ledger(&mut self) -> String {
        self.has_news = false;
        self.journal.ledger.keep_newest(MOST_OBJECTS);
        self.journal.ledger.written()
    }

    pub(crate) fn rows(&self) -> Vec<Arc<OpenDrift>> {
        self.rows.values().cloned().collect()
    }

    /// Where desired state comes from.
    pub(crate) fn sources(&self) -> Vec<SourceTold> {
        let mut told = Vec::new();
        for (name, part) in &self.parts {
            told.push(SourceTold {
                name: name.clone(),
                objects: part.state.len(),
                note: part.note.clone(),
            });
        }
        let (Some(rules), Some(basis)) = (&self.rules, &self.basis) else {
            return told;
        };
        if rules.last_applied {
            let applied = basis
                .desired()
                .iter()
                .filter(|(_, desired)| desired.source == Source::LastApplied);
            told.push(SourceTold {
                name: "last-applied".to_owned(),
                objects: applied.count(),
                note: (self.unreadable > 0).then(|| {
                    format!(
                        "{} annotations cannot be read or are about another object",
                        self.unreadable
                    )
                }),
            });
        }
        if rules.inventories && !basis.ownership().is_empty() {
            told.push(SourceTold {
                name: "inventories".to_owned(),
                objects: basis.ownership().objects().count(),
                note: Some(format!(
                    "{} applications say what they own, not what it should be",
                    basis.ownership().len()
                )),
            });
        }
        told
    }

    /// Reads an audit event into the ledger.
    pub(crate) fn hear(&mut self, event: &Event<'_>) {
        if !self.is_on() {
            return;
        }
        // Before anything was compared the built-in kinds are known, and that is what most calls are about.
        let basis = self.basis.clone();
        let schemas = basis
            .as_ref()
            .map_or(Schemas::builtin(), |basis| basis.schemas());
        self.mutations.observe(event);
        let written = self.journal.observe(schemas, event);
        drop(basis);
        if let Some(written) = written {
            self.has_news = true;
            if written.call.verb == "create"
                && written.call.is_by_person()
                && let Some(basis) = &mut self.basis
            {
                Arc::make_mut(basis).made_by_person(written.key);
            }
        }
    }

    /// Begins to compare everything.
    pub(crate) fn begin(&mut self) -> Option<Comparing> {
        let rules = self.rules.as_ref()?;
        let mut desired = DesiredState::default();
        for part in self.parts.values().rev() {
            desired.overlay(&part.state);
        }
        self.meanwhile = Some(BTreeSet::new());
        Some(Comparing {
            desired,
            terms: Terms {
                trust: rules.trust.clone(),
                deployer: rules.deployer.clone(),
                inventories: rules.inventories,
            },
            ledger: self.journal.ledger.clone(),
            mutations: self.mutations.clone(),
            last_applied: rules.last_applied,
        })
    }

    /// Takes in what came of it. `world` is the present one. True when the table is another.
    pub(crate) fn finish(&mut self, compared: Compared, world: &World, now: Timestamp) -> bool {
        let Compared {
            mut basis,
            found,
            unreadable,
        } = compared;
        // What was heard while it was compared.
        basis.learn_authors(&self.journal.ledger);
        let live = world.inventory();
        let of_live = live
            .objects()
            .filter(|(_, object)| !catseye_drift::provenance::is_record(object.kind_name()))
            .map(|(_, object)| (object.group(), object.kind_name()));
        self.journal.know(live, of_live);
        let of_desired = basis
            .desired()
            .iter()
            .map(|(key, _)| (key.group.as_str(), key.kind.as_str()));
        self.journal.know(live, of_desired);
        self.unreadable = unreadable;
        self.closed.all |= self.basis.is_none();
        let desired = basis.desired().clone();
        self.basis = Some(Arc::new(basis));
        let mut differs = false;
        let still: BTreeSet<ObjectKey> = found.iter().map(|drift| drift.key.clone()).collect();
        let gone: Vec<ObjectKey> = self
            .rows
            .keys()
            .filter(|key| !still.contains(*key))
            .filter(|key| !desired.is_held(key) && !self.is_missing_unseen(key, world))
            .cloned()
            .collect();
        for key in gone {
            differs |= self.put(&key, None, Found::Comparing, now, now);
        }
        for drift in found {
            let key = drift.key.clone();
            let time = drift.created.unwrap_or(now);
            differs |= self.put(&key, Some(drift), Found::Comparing, time, now);
        }
        for key in self.meanwhile.take().unwrap_or_default() {
            differs |= self.judge(&key, world, Found::Changing, now, now);
        }
        differs
    }

    /// Looks at a change. True when everything is to be compared anew.
    pub(crate) fn look(&mut self, change: &ObjectChange, world: &World, now: Timestamp) -> bool {
        let Some(rules) = &self.rules else {
            return false;
        };
        if let Some(meanwhile) = &mut self.meanwhile {
            meanwhile.insert(change.key.clone());
        }
        let Some(basis) = &mut self.basis else {
            return true;
        };
        let mut others = BTreeSet::new();
        if rules.inventories && Ownership::concerns(&change.key) {
            let basis = Arc::make_mut(basis);
            others = basis.learn_application(&change.key, change.after.as_deref());
        }
        if change.difference == crate::difference::Difference::Content {
            for object in [&change.before, &change.after].into_iter().flatten() {
                if catseye_drift::scaling::target_of(object).is_some() {
                    let basis = Arc::make_mut(basis);
                    others.extend(basis.learn_autoscaler(object, world.inventory()));
                }
            }
        }
        for key in others {
            self.judge(&key, world, Found::Changing, change.time, now);
        }
        self.judge(&change.key, world, Found::Changing, change.time, now);
        Basis::is_decided_by(&change.key)
            && change.difference == crate::difference::Difference::Content
    }

    fn judge(
        &mut self,
        key: &ObjectKey,
        world: &World,
        found: Found,
        time: Timestamp,
        now: Timestamp,
    ) -> bool {
        let (Some(rules), Some(basis)) = (&self.rules, &mut self.basis) else {
            return false;
        };
        let live = world.inventory();
        // Nothing new can be said: it stays as it was told.
        if basis.desired().is_held(key) {
            return false;
        }
        let object = find(live, key).map(|id| live.object(id));
        let has_applied = |object: Option<&Object>| object.and_then(applied::of).is_some();
        let was_applied = basis
            .desired()
            .get(key)
            .is_some_and(|desired| desired.source == Source::LastApplied);
        if rules.last_applied && (was_applied || has_applied(object)) {
            Arc::make_mut(basis).learn_applied(key, object);
        }
        let drift = match object {
            Some(object) => basis.judge(object),
            None if sees(world, &key.group, &key.kind) => basis.judge_absent(key),
            None if self.is_missing_unseen(key, world) => return false,
            None => None,
        };
        self.put(key, drift, found, time, now)
    }

    /// True for what was told as missing, of a kind that is not seen any more: it may still be missing.
    fn is_missing_unseen(&self, key: &ObjectKey, world: &World) -> bool {
        let is_missing = |row: &Arc<OpenDrift>| {
            let mut classes = row.drift.differences.iter().map(|it| it.class);
            classes.any(|class| class == Class::Missing)
        };
        self.rows.get(key).is_some_and(is_missing)
            && !sees(world, &key.group, &key.kind)
            && find(world.inventory(), key).is_none()
    }

    fn put(
        &mut self,
        key: &ObjectKey,
        drift: Option<ObjectDrift>,
        found: Found,
        time: Timestamp,
        now: Timestamp,
    ) -> bool {
        // What contains damage stands until its time is over.
        let drift = drift.filter(|drift| !catseye_respond::control::is_standing(drift, now));
        let Some(drift) = drift else {
            let closed = self.rows.remove(key).is_some();
            if closed {
                self.closed.keys.insert(key.clone());
            }
            return closed;
        };
        let known = self.rows.get(key);
        let is_new = |difference: &&Difference| {
            known.is_none_or(|row| {
                !row.drift
                    .differences
                    .iter()
                    .any(|it| is_same(it, difference))
            })
        };
        let fresh: Vec<Difference> = drift.differences.iter().filter(is_new).cloned().collect();
        if let Some(row) = known
            && fresh.is_empty()
            && row.drift.differences.len() == drift.differences.len()
        {
            // Another version of the object with the same drift: only the patch is another.
            if row.drift.resource_version != drift.resource_version
                && let Some(row) = self.rows.get_mut(key)
            {
                Arc::make_mut(row).drift = drift;
            }
            return false;
        }
        let mut row = known.map_or_else(
            || OpenDrift {
                id: id_of(key),
                drift: drift.clone(),
                since: time,
                severity: Severity::Info,
                by: Vec::new(),
                meaning: Meaning::default(),
                application: None,
                is_delivered: false,
                is_settled: false,
                found,
                due: now + WAITS,
                fresh: Vec::new(),
            },
            |row| OpenDrift::clone(row),
        );
        row.drift = drift;
        if found == Found::Changing && !fresh.is_empty() {
            row.found = found;
        }
        row.fresh
            .retain(|it| !fresh.iter().any(|new| is_about_the_same(it, new)));
        row.fresh.extend(fresh);
        row.is_settled = false;
        row.due = now + WAITS;
        row.severity = row.severity.max(catseye_drift::meaning::base(&row.drift));
        self.rows.insert(key.clone(), Arc::new(row));
        true
    }

    /// Looks for the author and the meaning of what has waited long enough, or whose author is known, and
    /// takes no longer than `most`, where that is said. Gives the rows that are settled now.
    pub(crate) fn settle(
        &mut self,
        world: &World,
        now: Timestamp,
        most: Option<Duration>,
    ) -> Vec<Arc<OpenDrift>> {
        self.cut_at = None;
        let Some(basis) = self.basis.clone() else {
            return Vec::new();
        };
        let started = Instant::now();
        let mut waiting: Vec<ObjectKey> = self
            .rows
            .iter()
            .filter(|(_, row)| !row.is_settled)
            .map(|(key, _)| key.clone())
            .collect();
        // It goes on behind where it was cut off.
        if let Some(last) = &self.settled_last {
            let place = waiting.partition_point(|key| key <= last);
            waiting.rotate_left(place);
        }
        let mut settled = Vec::new();
        for key in waiting {
            if most.is_some_and(|most| started.elapsed() > most) {
                self.cut_at = Some(key);
                break;
            }
            self.settled_last = Some(key.clone());
            let Some(row) = self.rows.get(&key) else {
                continue;
            };
            let by = authors(&row.drift, &self.journal.ledger, world.inventory());
            let is_known = row.fresh.iter().all(|fresh| {
                let place = row.drift.differences.iter().position(|it| it == fresh);
                place.is_none_or(|place| by[place].known_by <= KnownBy::AuditByTime)
            });
            // A release is read again within the time, and a tool lists anew what it deployed: what they
            // say then may be what is there.
            let is_read_again = matches!(
                row.drift.source,
                Some(Source::HelmRelease(_) | Source::Inventory(_))
            );
            if (!is_known || is_read_again) && now < row.due && row.found == Found::Changing {
                continue;
            }
            let mut next = OpenDrift::clone(row);
            next.by = by;
            weigh(&mut next, &basis, world);
            next.is_settled = true;
            let told = Arc::new(next.clone());
            next.fresh.clear();
            self.rows.insert(key, Arc::new(next));
            settled.push(told);
        }
        settled
    }

    /// True when the last settling was cut off.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut_at.is_some()
    }

    /// What was closed since this was asked last, without what is open again.
    pub(crate) fn take_closed(&mut self) -> Closed {
        let mut closed = std::mem::take(&mut self.closed);
        closed.keys.retain(|key| !self.rows.contains_key(key));
        closed
    }

    /// The objects that are not as desired.
    pub(crate) fn open_keys(&self) -> BTreeSet<ObjectKey> {
        self.rows.keys().cloned().collect()
    }

    /// Drift of a world of the past, held to what is desired now.
    pub(crate) fn rows_of(basis: &Basis, ledger: &Ledger, world: &World) -> Vec<Arc<OpenDrift>> {
        let at = world.taken_at();
        let found = basis.judge_all(world.inventory(), &|_, _| true);
        let mut rows = Vec::new();
        for drift in found {
            let by = authors(&drift, ledger, world.inventory());
            let since = by.iter().filter_map(|it| it.time).max();
            let mut row = OpenDrift {
                id: id_of(&drift.key),
                since: since.or(drift.created).unwrap_or(at),
                severity: Severity::Info,
                by,
                meaning: Meaning::default(),
                application: None,
                is_delivered: false,
                is_settled: true,
                found: Found::Comparing,
                due: at,
                fresh: Vec::new(),
                drift,
            };
            if catseye_respond::control::is_standing(&row.drift, at) {
                continue;
            }
            weigh(&mut row, basis, world);
            rows.push(Arc::new(row));
        }
        rows
    }
}

impl Comparing {
    /// Compares: takes its time, and needs nothing of the table.
    pub(crate) fn run(self, world: &World) -> Compared {
        let Comparing {
            desired: written,
            terms,
            ledger,
            mutations,
            last_applied,
        } = self;
        let live = world.inventory();
        let mut desired = DesiredState::default();
        let mut unreadable = 0;
        if last_applied {
            let lost = applied::read(live, &mut desired);
            unreadable = lost.unreadable.len() + lost.foreign.len();
            desired.repeated.clear();
        }
        desired.overlay(&written);
        let basis = Basis::of(Arc::new(desired), live, &terms, &ledger, mutations);
        let found = basis.judge_all(live, &|group, kind| sees(world, group, kind));
        Compared {
            basis,
            found,
            unreadable,
        }
    }
}

fn authors(drift: &ObjectDrift, ledger: &Ledger, live: &Inventory) -> Vec<Attribution> {
    let deciders = catseye_drift::set::decided_by(drift, live);
    drift
        .differences
        .iter()
        .map(|difference| {
            let mut by = attribute(drift, difference, ledger);
            catseye_drift::attribution::behind(&mut by, &deciders, ledger);
            by
        })
        .collect()
}

/// What a drift means, and how much it matters.
fn weigh(row: &mut OpenDrift, basis: &Basis, world: &World) {
    let key = &row.drift.key;
    let live = world.inventory();
    let object = find(live, key).map(|id| live.object(id));
    row.application = basis.ownership().application(key, object);
    row.is_delivered = is_delivered(&row.drift, &row.by, object);
    row.meaning = effect(world, &row.drift, basis.desired());
    let effects = row.meaning.worse.get(key).into_iter().flatten();
    let worst = effects.map(|effect| effect.severity).max();
    row.severity = if row.is_delivered {
        worst.unwrap_or(Severity::Info)
    } else {
        row.meaning.severity(&row.drift)
    };
    let times = row.by.iter().filter_map(|by| by.time);
    if let Some(last) = times.max() {
        row.since = last;
    }
}

/// The same difference, whoever claims to own the value.
fn is_same(one: &Difference, other: &Difference) -> bool {
    is_about_the_same(one, other)
        && if one.path.steps().is_empty() {
            one.live.as_ref().map(content) == other.live.as_ref().map(content)
        } else {
            one.desired == other.desired && one.live == other.live
        }
}

fn is_about_the_same(one: &Difference, other: &Difference) -> bool {
    one.class == other.class && one.path == other.path
}

/// What of an object somebody decided: without its status, what the server and its controllers note of it,
/// and how far it is scaled.
fn content(object: &Value) -> Value {
    const NOTED: [&str; 4] = [
        "kubectl.kubernetes.io/last-applied-configuration",
        "control-plane.alpha.kubernetes.io/leader",
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
    ];
    let mut object = object.clone();
    object.remove("status");
    object.update("spec", |spec| {
        spec.remove("replicas");
    });
    object.update("metadata", |metadata| {
        let mut kept = json!({});
        for field in ["labels", "annotations", "ownerReferences"] {
            kept.set(field, metadata.at(field).clone());
        }
        kept.update("annotations", |annotations| {
            for name in NOTED {
                annotations.remove(name);
            }
        });
        *metadata = kept;
    });
    object
}

fn id_of(key: &ObjectKey) -> String {
    use sha2::{Digest as _, Sha256};
    let text = format!("{}/{}/{}/{}", key.group, key.kind, key.namespace, key.name);
    let hash = Sha256::digest(text.as_bytes());
    format!("DRF-{}", crate::auth::hex(&hash[..6]))
}
