//! What is made of a state for lists and pictures: made when first asked for, kept while the state is.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use catseye_checks::score::Score;
use catseye_model::application::owner_named_by;
use catseye_model::{Application, Fields as _, Inventory, Object, ObjectId, ObjectKey, Place};
use catseye_netpol::entry::Entry;
use catseye_netpol::{Connection, WorkloadId};
use catseye_policy::baseline::Identity;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::contract::application::Dependency;
use super::contract::posture::{Acceptance, FindingRow};
use super::contract::{ObjectRef, SeverityCounts};
use crate::world::World;

/// States that are kept with what was made of them: now, and the times that somebody looks at.
const KEPT: usize = 4;

/// The states lately asked about.
#[derive(Debug, Default)]
pub(crate) struct Derivations(Mutex<VecDeque<Arc<Derived>>>);

impl Derivations {
    /// What is made of a state, as it stands at a time.
    pub(crate) fn of(&self, world: Arc<World>, at: Timestamp) -> Arc<Derived> {
        let today = at.to_zoned(TimeZone::UTC).date();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept
            .iter()
            .position(|known| Arc::ptr_eq(&known.world, &world) && known.today == today)
            && let Some(known) = kept.remove(place)
        {
            kept.push_front(known.clone());
            return known;
        }
        let new = Arc::new(Derived {
            world,
            today,
            findings: OnceLock::new(),
            entries: OnceLock::new(),
            connections: OnceLock::new(),
            dependencies: OnceLock::new(),
        });
        kept.push_front(new.clone());
        kept.truncate(KEPT);
        new
    }
}

/// A state and what is made of it.
#[derive(Debug)]
pub(crate) struct Derived {
    pub(crate) world: Arc<World>,
    /// The day on which exceptions are judged.
    today: Date,
    findings: OnceLock<Findings>,
    entries: OnceLock<Vec<Entry>>,
    connections: OnceLock<Vec<Connection>>,
    /// What uses what, once it was asked for.
    pub(crate) dependencies: OnceLock<Vec<Dependency>>,
}

/// All findings, ready to be listed.
#[derive(Debug)]
pub(crate) struct Findings {
    /// Worst first, then by object, check and place.
    pub(crate) rows: Vec<Arc<FindingRow>>,
    /// What is accepted, and what was known before, in the same order.
    pub(crate) accepted: Vec<Arc<FindingRow>>,
    /// What each judged object comes to.
    pub(crate) objects: BTreeMap<ObjectId, Judged>,
}

/// What a judged object comes to.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) counts: SeverityCounts,
    pub(crate) score: Score,
    /// Places in [`Findings::rows`].
    pub(crate) rows: Vec<usize>,
}

impl Derived {
    pub(crate) fn inventory(&self) -> &Inventory {
        self.world.inventory()
    }

    pub(crate) fn findings(&self) -> &Findings {
        self.findings
            .get_or_init(|| Findings::of(&self.world, self.today))
    }

    /// The ways into the cluster.
    pub(crate) fn entries(&self) -> &[Entry] {
        self.entries
            .get_or_init(|| self.world.reach().entries(self.inventory()))
    }

    /// Every connection between workloads, and between workloads and addresses.
    pub(crate) fn connections(&self) -> &[Connection] {
        self.connections
            .get_or_init(|| self.world.reach().connections())
    }

    /// The workloads that something outside reaches.
    pub(crate) fn exposed(&self) -> Vec<WorkloadId> {
        let backends = self.entries().iter().flat_map(|entry| &entry.backends);
        let open = backends.filter(|backend| !backend.admitted.is_none());
        let mut exposed: Vec<WorkloadId> = open.map(|backend| backend.workload).collect();
        exposed.sort_unstable();
        exposed.dedup();
        exposed
    }

    /// The findings of an object, worst first.
    pub(crate) fn findings_of(&self, id: ObjectId) -> Vec<FindingRow> {
        let findings = self.findings();
        let judged = findings.objects.get(&id);
        let rows = judged.into_iter().flat_map(|judged| &judged.rows);
        rows.filter_map(|row| findings.rows.get(*row))
            .map(|row| (**row).clone())
            .collect()
    }

    /// The object of that name.
    pub(crate) fn object(&self, kind: &str, namespace: &str, name: &str) -> Option<ObjectId> {
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        let namespace = if namespace == "-" { "" } else { namespace };
        self.inventory()
            .objects()
            .find(|(_, object)| {
                object.name() == name
                    && object.kind_name() == kind
                    && object.group() == group
                    && ObjectKey::of(object).namespace == namespace
            })
            .map(|(id, _)| id)
    }
}

impl Findings {
    fn of(world: &World, today: Date) -> Self {
        let inventory = world.inventory();
        let titles: BTreeMap<&str, &str> = catseye_checks::all()
            .map(|check| (check.id, check.title()))
            .collect();
        let mut rows: Vec<(ObjectId, FindingRow)> = Vec::new();
        let mut accepted: Vec<(ObjectId, FindingRow)> = Vec::new();
        let mut objects: BTreeMap<ObjectId, Judged> = BTreeMap::new();
        for verdict in world.verdicts() {
            let Some(object) = inventory.get(verdict.object) else {
                continue;
            };
            let display = ObjectKey::of(object).to_string();
            let reference = reference(object);
            let application = application_id(inventory, verdict.object);
            let owner = owner(inventory, verdict.object);
            let held = world.standards.hold(verdict, inventory, today);
            let row = |check: &str, place: &Place, why: Option<Acceptance>| FindingRow {
                fingerprint: Identity {
                    check: check.to_owned(),
                    object: display.clone(),
                    path: place.path.by_name(object.value()),
                }
                .fingerprint(),
                check: check.to_owned(),
                title: titles.get(check).copied().unwrap_or_default().to_owned(),
                severity: place.severity.into(),
                object: reference.clone(),
                application: application.clone(),
                owner: owner.clone(),
                path: place.path.to_string(),
                container: place.container.as_ref().map(ToString::to_string),
                message: place.message.clone(),
                since: None,
                accepted: why,
            };
            let mut counts = SeverityCounts::default();
            for finding in &*held.open {
                counts.add(finding.severity.into());
                for place in &finding.places {
                    rows.push((verdict.object, row(finding.check, place, None)));
                }
            }
            for (check, place, why) in &held.accepted {
                let why = Acceptance {
                    reason: why.reason.clone(),
                    author: why.author.clone(),
                    expires: why.expires.map(|day| day.to_string()),
                };
                accepted.push((verdict.object, row(check, place, Some(why))));
            }
            objects.insert(
                verdict.object,
                Judged {
                    counts,
                    score: held.score,
                    rows: Vec::new(),
                },
            );
        }
        worst_first(&mut accepted);
        worst_first(&mut rows);
        for (place, (id, _)) in rows.iter().enumerate() {
            if let Some(judged) = objects.get_mut(id) {
                judged.rows.push(place);
            }
        }
        Findings {
            rows: rows.into_iter().map(|(_, row)| Arc::new(row)).collect(),
            accepted: accepted.into_iter().map(|(_, row)| Arc::new(row)).collect(),
            objects,
        }
    }
}

fn worst_first(rows: &mut [(ObjectId, FindingRow)]) {
    rows.sort_by(|(_, a), (_, b)| {
        b.severity.cmp(&a.severity).then_with(|| {
            (&a.object, &a.check, &a.path, &a.fingerprint).cmp(&(
                &b.object,
                &b.check,
                &b.path,
                &b.fingerprint,
            ))
        })
    });
}

/// An object by name.
pub(crate) fn reference(object: &Object) -> ObjectRef {
    ObjectRef::from(&ObjectKey::of(object))
}

impl From<&ObjectKey> for ObjectRef {
    fn from(key: &ObjectKey) -> Self {
        ObjectRef {
            kind: kind_word(&key.kind, &key.group),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
        }
    }
}

impl std::fmt::Display for ObjectRef {
    /// `Deployment.apps/shop/cart`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let namespace = if self.namespace.is_empty() {
            "-"
        } else {
            &self.namespace
        };
        write!(f, "{}/{namespace}/{}", self.kind, self.name)
    }
}

/// `Deployment.apps`, `Pod`.
pub(crate) fn kind_word(kind: &str, group: &str) -> String {
    if group.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}.{group}")
    }
}

/// The id of the application that an object belongs to.
pub(crate) fn application_id(inventory: &Inventory, id: ObjectId) -> String {
    let namespace = ObjectKey::of(inventory.object(id)).namespace;
    let namespace = if namespace.is_empty() {
        "-"
    } else {
        &namespace
    };
    format!("{namespace}:{}", Application::of(inventory, id).name)
}

/// Who answers for an object.
pub(crate) fn owner(inventory: &Inventory, id: ObjectId) -> Option<String> {
    owner_named_by(inventory.object(id))
        .or_else(|| owner_named_by(inventory.object(inventory.top_owner(id))))
        .map(str::to_owned)
}

/// When an object was made, as it says.
pub(crate) fn created(object: &Object) -> Option<jiff::Timestamp> {
    object
        .value()
        .text("metadata.creationTimestamp")?
        .parse()
        .ok()
}
