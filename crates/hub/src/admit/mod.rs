//! Admission: the API server asks before it stores something, and the gate answers from the world.
//!
//! ```text
//!  POST /admit/TOKEN ─► AdmissionReview ─► Gate, on the neighbourhood of the namespace ─► answer
//!                                          │                                   └──► log
//!  every few minutes: everything that is there ─► what was let through ─────────────┘
//! ```
//!
//! A request costs what it touches: neighbourhoods are kept while nothing in them changes. What cannot be
//! answered (too many at once, a body that is no review, a world of which the first lists are not in) is
//! refused as an HTTP error, and the API server then does what the webhook's `failurePolicy` says, which is
//! the one place where that is decided.

mod endpoint;
mod log;
mod namespace;
mod recheck;
mod register;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use catseye_admission::gate::{Effect, Gate, Neighbourhood, Ruling, owner_of};
use catseye_admission::review::{self, Asked, InvalidReview};
use catseye_admission::{Request, RoleAuthorizer};
use catseye_cel::authorizer::{Attempt, Authorizer, Decision, Who};
use catseye_model::{RedactionKey, Value};
use tokio::sync::Semaphore;

use crate::auth::Token;
use crate::hub::Hub;
use crate::world::World;

pub(crate) use endpoint::{admit, unknown};
pub use log::{Entry, KeptObject, Log, LogError, Outcome, Said};
pub use namespace::UnknownNamespace;
pub use recheck::Recheck;
pub use register::keep_registered;

/// Reviews of many megabytes that are read and judged at a time: each takes ten times its size in memory.
const MOST_LARGE: usize = 3;
/// Neighbourhoods kept at a time.
const MOST_NEIGHBOURHOODS: usize = 2000;

/// Admission by one hub; clones are the same.
#[derive(Debug, Clone)]
pub struct Admit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hub: Hub,
    gate: Gate,
    key: RedactionKey,
    log: Log,
    neighbourhoods: Mutex<HashMap<String, Held>>,
    recheck: Mutex<Recheck>,
    counters: Counters,
    /// Requests that are read or judged now.
    open: AtomicUsize,
    /// Turns of large ones.
    large: Arc<Semaphore>,
    token: Token,
    live: namespace::Live,
}

/// A neighbourhood, and the version of the world up to which it was seen to hold.
#[derive(Debug, Clone)]
struct Held {
    version: u64,
    around: Arc<Neighbourhood>,
}

/// Why a review has no answer; the API server is told by an HTTP error.
#[derive(Debug, thiserror::Error)]
pub enum Unanswerable {
    /// It is no review.
    #[error(transparent)]
    Unreadable(#[from] InvalidReview),
    /// The hub has not seen everything yet: what it does not know it would take for not there.
    #[error("the first lists of the cluster are not in")]
    NotReady,
    /// Policies cannot be judged without it.
    #[error(transparent)]
    Namespace(#[from] UnknownNamespace),
}

/// How often what was answered, and how long it took.
#[derive(Debug, Default)]
struct Counters {
    allowed: AtomicU64,
    denied: AtomicU64,
    warned: AtomicU64,
    audited: AtomicU64,
    exempt: AtomicU64,
    glass: AtomicU64,
    unreadable: AtomicU64,
    unready: AtomicU64,
    overloaded: AtomicU64,
    micros: AtomicU64,
    slowest: AtomicU64,
}

/// [`Admit::figures`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Requests that nothing was said against.
    pub allowed: u64,
    /// Requests that were refused.
    pub denied: u64,
    /// Requests that passed with a warning.
    pub warned: u64,
    /// Requests that passed and would be refused if their namespace were enforced.
    pub audited: u64,
    /// Requests that are never judged.
    pub exempt: u64,
    /// Requests that passed because the glass was broken.
    pub glass: u64,
    /// Bodies that were no review.
    pub unreadable: u64,
    /// Requests that were not judged because the hub had not seen enough of the cluster.
    pub unready: u64,
    /// Requests that were not judged because too many came at once.
    pub overloaded: u64,
    /// Microseconds spent on judging.
    pub micros: u64,
    /// The longest judgement, in microseconds.
    pub slowest: u64,
    /// Log entries that were lost because the disk was too slow.
    pub log_lost: u64,
    /// Objects in enforced namespaces that would be refused now.
    pub standing: u64,
}

/// How admission works.
pub struct AdmitConfig {
    /// The gate.
    pub gate: Gate,
    /// The key under which values of Secrets are hashed.
    pub key: RedactionKey,
    /// The file of the log; only memory where there is none.
    pub log: Option<PathBuf>,
    /// What the API server's address must end with: whoever can post reviews could empty the allowance of
    /// a rule, or break a glass in somebody's name.
    pub token: Token,
    /// The cluster, which is asked for namespaces that are too new to be known; where there is none,
    /// requests in them are not answered.
    pub client: Option<catseye_cluster::Client>,
}

impl std::fmt::Debug for AdmitConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdmitConfig")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

impl Admit {
    /// Admission by a hub. Starts judging again what is there, as often as the configuration says.
    pub fn open(hub: Hub, config: AdmitConfig) -> Result<Self, LogError> {
        let AdmitConfig {
            gate,
            key,
            log,
            token,
            client,
        } = config;
        let admit = Admit(Arc::new(Inner {
            hub,
            gate,
            key,
            log: Log::open(log)?,
            neighbourhoods: Mutex::default(),
            recheck: Mutex::default(),
            counters: Counters::default(),
            open: AtomicUsize::new(0),
            large: Arc::new(Semaphore::new(MOST_LARGE)),
            token,
            live: namespace::Live(client),
        }));
        recheck::start(&admit);
        Ok(admit)
    }

    /// The path under which reviews are answered; its last part is a secret.
    pub fn path(&self) -> String {
        format!("/admit/{}", self.0.token.reveal())
    }

    /// Answers a review. It may ask the API server for a namespace: in async code, call it from
    /// `spawn_blocking`.
    pub fn review(&self, body: &[u8]) -> Result<Value, Unanswerable> {
        let started = Instant::now();
        let counters = &self.0.counters;
        if !self.0.hub.lists_are_done() {
            counters.unready.fetch_add(1, Ordering::Relaxed);
            return Err(Unanswerable::NotReady);
        }
        let Asked { request, is_cut } = review::read_asked(body).inspect_err(|_| {
            counters.unreadable.fetch_add(1, Ordering::Relaxed);
        })?;
        let mut ruling = self.judge(&request).inspect_err(|_| {
            counters.unready.fetch_add(1, Ordering::Relaxed);
        })?;
        if is_cut {
            Gate::object_to_depth(&mut ruling);
        }
        let answer = review::answer(&request.uid, &ruling);
        self.count(&ruling);
        if ruling.exempt.is_none() && !(ruling.objections.is_empty() && ruling.glass.is_none()) {
            let now = self.0.hub.now();
            self.0
                .log
                .add(Entry::of(request, &ruling, now, &self.0.key));
        }
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        counters.micros.fetch_add(micros, Ordering::Relaxed);
        counters.slowest.fetch_max(micros, Ordering::Relaxed);
        Ok(answer)
    }

    /// What the gate says of a request now.
    fn judge(&self, request: &Request) -> Result<Ruling, UnknownNamespace> {
        let (mut around, authorizer) = self.asked(request);
        let world = authorizer.world.clone();
        if let Some(namespace) = self.unknown_namespace(&world, request)? {
            let patched = world.inventory().patched(vec![namespace], &[]);
            let (inventory, gate) = (&patched.inventory, &self.0.gate);
            around = Arc::new(Neighbourhood::of(inventory, &request.namespace, gate));
        }
        let owner = owner_of(request, world.inventory());
        let (gate, now) = (&self.0.gate, self.0.hub.now());
        Ok(gate.judge_under(owner, request, &around, authorizer, now))
    }

    /// What the gate would say of an object that is there.
    fn judge_standing(&self, request: &Request) -> Ruling {
        let (around, authorizer) = self.asked(request);
        let now = self.0.hub.now();
        let gate = &self.0.gate;
        gate.judge_standing(request, &around, authorizer, now)
    }

    fn asked(&self, request: &Request) -> (Arc<Neighbourhood>, Arc<WorldAuthorizer>) {
        let world = self.0.hub.world();
        let around = self.around(&world, &request.namespace);
        let authorizer = Arc::new(WorldAuthorizer {
            world,
            user: request.user.name.clone(),
            groups: request.user.groups.clone(),
        });
        (around, authorizer)
    }

    fn around(&self, world: &World, namespace: &str) -> Arc<Neighbourhood> {
        let held = self.locked().get(namespace).cloned();
        let gate = &self.0.gate;
        if let Some(Held { version, around }) = &held {
            let namespaces = gate.read_namespaces(namespace);
            // Nobody walks over a namespace to find that nothing has changed.
            let changes = self.0.hub.last_changes();
            if changes.holds(namespaces, gate.read_kinds(), *version) {
                return around.clone();
            }
        }
        let around = held.map(|held| held.around);
        let current = Neighbourhood::current(around, world.inventory(), namespace, gate);
        let mut kept = self.locked();
        if kept.len() >= MOST_NEIGHBOURHOODS && !kept.contains_key(namespace) {
            kept.clear();
        }
        let is_older = |held: &Held| held.version <= world.version();
        if kept.get(namespace).is_none_or(is_older) {
            let held = Held {
                version: world.version(),
                around: current.clone(),
            };
            kept.insert(namespace.to_owned(), held);
        }
        current
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, Held>> {
        self.0
            .neighbourhoods
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, ruling: &Ruling) {
        let counters = &self.0.counters;
        let has = |effect| ruling.with_effect(effect).next().is_some();
        let counter = if ruling.exempt.is_some() {
            &counters.exempt
        } else if ruling.glass.is_some() {
            &counters.glass
        } else if has(Effect::Deny) {
            &counters.denied
        } else if has(Effect::Warn) {
            &counters.warned
        } else if has(Effect::Audit) {
            &counters.audited
        } else {
            &counters.allowed
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// The newest entries of the log, newest first.
    pub fn recent(&self) -> Vec<Arc<Entry>> {
        self.0.log.recent()
    }

    /// How often what was answered.
    pub fn figures(&self) -> Figures {
        let counters = &self.0.counters;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            allowed: get(&counters.allowed),
            denied: get(&counters.denied),
            warned: get(&counters.warned),
            audited: get(&counters.audited),
            exempt: get(&counters.exempt),
            glass: get(&counters.glass),
            unreadable: get(&counters.unreadable),
            unready: get(&counters.unready),
            overloaded: get(&counters.overloaded),
            micros: get(&counters.micros),
            slowest: get(&counters.slowest),
            log_lost: self.0.log.lost(),
            standing: self.last_recheck().standing.len() as u64,
        }
    }

    /// What the last look at everything found.
    pub fn last_recheck(&self) -> Recheck {
        self.0
            .recheck
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How often what is there is judged again; `None` for never.
    fn pause(&self) -> Option<Duration> {
        let minutes = self.0.gate.config().recheck_minutes;
        (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60))
    }
}

/// Answers from the roles of a world, which are computed only where a policy asks.
struct WorldAuthorizer {
    world: Arc<World>,
    user: String,
    groups: Vec<String>,
}

impl Authorizer for WorldAuthorizer {
    fn decide(&self, who: &Who, what: &Attempt) -> Decision {
        RoleAuthorizer::new(self.world.rbac(), &self.user, &self.groups).decide(who, what)
    }
}
