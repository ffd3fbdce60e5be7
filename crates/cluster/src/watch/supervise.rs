//! Which kinds there are, and a task for each; kinds come and go while the cluster lives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use catseye_model::redact::RedactionKey;

use super::backoff::{Backoff, jittered};
use super::kind::{Kind, Mode, Signal, follow};
use super::known::Known;
use super::{Change, Counters, Delta, Options, count};
use crate::discover::{DiscoverError, Resource, Resources, discover, kube_message};
use crate::list::{AT_ONCE, Gap, Reason};
use crate::request::{get, open};

/// The name of the gap while nothing at all is known of the cluster's kinds.
const DISCOVERY: &str = "discovery";

/// After a definition changed, discovery follows within moments: when to look again.
const SETTLE: [Duration; 3] = [
    Duration::from_millis(300),
    Duration::from_secs(2),
    Duration::from_secs(10),
];

/// How soon a group is asked for again that did not answer.
const SILENT: Duration = Duration::from_mins(1);

/// A kind whatever its version: its group and plural name.
type Name = (String, String);

/// A kind that is followed.
struct Followed {
    resource: Arc<Resource>,
    known: Arc<Mutex<Known>>,
    task: JoinHandle<()>,
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The reader has gone.
struct Closed;

pub(super) struct Supervisor {
    client: Client,
    key: RedactionKey,
    options: Options,
    state: mpsc::Sender<Delta>,
    events: Option<mpsc::Sender<Delta>>,
    counters: Arc<Counters>,
    lists: Arc<Semaphore>,
    signals: mpsc::UnboundedSender<Signal>,
    inbox: mpsc::UnboundedReceiver<Signal>,
    kinds: BTreeMap<Name, Followed>,
    /// Groups, or the discovery, that are told as gaps.
    gaps: BTreeSet<String>,
    /// The kinds of the first discovery without an outcome; none before it and once settled.
    pending: Option<BTreeSet<Name>>,
}

impl Supervisor {
    pub(super) fn new(
        client: Client,
        key: RedactionKey,
        options: Options,
        state: mpsc::Sender<Delta>,
        events: mpsc::Sender<Delta>,
        counters: Arc<Counters>,
    ) -> Self {
        let (signals, inbox) = mpsc::unbounded_channel();
        Supervisor {
            client,
            key,
            options,
            state,
            events: Some(events),
            counters,
            lists: Arc::new(Semaphore::new(AT_ONCE)),
            signals,
            inbox,
            kinds: BTreeMap::new(),
            gaps: BTreeSet::new(),
            pending: None,
        }
    }

    pub(super) async fn run(mut self) {
        // The only way to end is that nobody reads any more.
        let Err(Closed) = self.supervise().await;
    }

    async fn supervise(&mut self) -> Result<std::convert::Infallible, Closed> {
        let _events = self.follow_events();
        let first = self.discover_until_answered().await?;
        self.reconcile(first).await?;
        self.pending = Some(self.kinds.keys().cloned().collect());
        self.settled().await?;
        // When to discover next: soon and thrice after a reason, seldom without.
        let mut agenda = vec![self.idle()];
        let mut backoff = Backoff::new();
        loop {
            let next = agenda.iter().copied().min().unwrap_or_else(|| self.idle());
            tokio::select! {
                () = self.state.closed() => return Err(Closed),
                () = sleep_until(next) => {
                    let now = Instant::now();
                    agenda.retain(|time| *time > now);
                    // What is already answered is not asked again; a failure is tried again soon.
                    match discover(&self.client).await {
                        Ok(found) => {
                            backoff.reset();
                            if !found.gaps.is_empty() {
                                agenda.push(now + jittered(self.options.rediscover.min(SILENT)));
                            }
                            self.recovered(DISCOVERY).await?;
                            self.reconcile(found).await?;
                        }
                        Err(err) => {
                            agenda.push(now + backoff.wait(None));
                            self.gap(DISCOVERY, &err).await?;
                        }
                    }
                    if agenda.is_empty() {
                        agenda.push(self.idle());
                    }
                }
                signal = self.inbox.recv() => match signal {
                    Some(Signal::Outcome(resource)) => self.outcome(&resource).await?,
                    Some(Signal::Rediscover) => {
                        let now = Instant::now();
                        agenda = SETTLE.iter().map(|wait| now + *wait).collect();
                        // Definitions change in bursts: one look answers all of them.
                        if let Some(soon) = agenda.first().copied() {
                            self.drain(soon).await?;
                        }
                    }
                    // We hold a sender ourselves.
                    None => return Err(Closed),
                },
            }
        }
    }

    /// Takes signals until a time, so that a burst of them postpones nothing.
    async fn drain(&mut self, until: Instant) -> Result<(), Closed> {
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                signal = self.inbox.recv() => {
                    if let Some(Signal::Outcome(resource)) = signal {
                        self.outcome(&resource).await?;
                    }
                }
            }
        }
    }

    fn idle(&self) -> Instant {
        Instant::now() + jittered(self.options.rediscover)
    }

    /// Nothing can be watched before the kinds are known.
    async fn discover_until_answered(&mut self) -> Result<Resources, Closed> {
        let began = Instant::now();
        let mut backoff = Backoff::new();
        loop {
            match discover(&self.client).await {
                Ok(found) => {
                    self.recovered(DISCOVERY).await?;
                    return Ok(found);
                }
                Err(err) => {
                    count(&self.counters.failures);
                    if began.elapsed() >= self.options.patience {
                        self.gap(DISCOVERY, &err).await?;
                    }
                    tokio::select! {
                        () = tokio::time::sleep(backoff.wait(None)) => {}
                        () = self.state.closed() => return Err(Closed),
                    }
                }
            }
        }
    }

    /// Follows what is new, leaves what is gone.
    async fn reconcile(&mut self, found: Resources) -> Result<(), Closed> {
        let silent: BTreeSet<&str> = found.gaps.iter().map(|gap| gap.resource.as_str()).collect();
        let ended: Vec<String> = self
            .gaps
            .iter()
            .filter(|name| *name != DISCOVERY && !silent.contains(name.as_str()))
            .cloned()
            .collect();
        for name in ended {
            self.recovered(&name).await?;
        }
        for gap in &found.gaps {
            if self.gaps.insert(gap.resource.clone()) {
                self.tell(Change::Gap {
                    gap: gap.clone(),
                    resource: None,
                })
                .await?;
            }
        }
        let mut served = BTreeSet::new();
        for resource in found.resources {
            let name = (resource.group.clone(), resource.plural.clone());
            served.insert(name.clone());
            let followed = self.kinds.get(&name);
            if followed.is_some_and(|followed| *followed.resource == resource) {
                continue;
            }
            // Another version of it is preferred now: the same objects, so what was told stays told.
            let known = match self.kinds.remove(&name) {
                Some(followed) => Arc::clone(&followed.known),
                None => Arc::default(),
            };
            let followed = self.follow(Arc::new(resource), known, Mode::State, self.state.clone());
            self.kinds.insert(name, followed);
        }
        let missing: Vec<Name> = self
            .kinds
            .keys()
            .filter(|name| !served.contains(*name))
            .cloned()
            .collect();
        for name in missing {
            if let Some(followed) = self.kinds.get(&name)
                && self.is_gone(&followed.resource).await
            {
                self.leave(&name).await?;
            }
        }
        Ok(())
    }

    /// Discovery leaves out the groups whose extension server is down: only 404 means gone.
    async fn is_gone(&self, resource: &Resource) -> bool {
        let Ok(request) = get(&format!("{}?limit=1", resource.path())) else {
            return false;
        };
        match open(&self.client, request).await {
            Ok(_) => false,
            Err(err) => err.code() == Some(404),
        }
    }

    /// Stops following a kind and tells that its objects are gone.
    async fn leave(&mut self, name: &Name) -> Result<(), Closed> {
        let Some(followed) = self.kinds.remove(name) else {
            return Ok(());
        };
        followed.task.abort();
        let mut known = followed.known.lock().await;
        for key in known.all() {
            self.tell(Change::Delete {
                key: key.clone(),
                resource: Arc::clone(&followed.resource),
                last: None,
            })
            .await?;
            known.gone(&key);
        }
        self.tell(Change::Removed(Arc::clone(&followed.resource)))
            .await?;
        self.outcome(&followed.resource).await
    }

    fn follow(
        &self,
        resource: Arc<Resource>,
        known: Arc<Mutex<Known>>,
        mode: Mode,
        deltas: mpsc::Sender<Delta>,
    ) -> Followed {
        let client = self.client.clone();
        let key = self.key.clone();
        let options = self.options.clone();
        let signals = self.signals.clone();
        let counters = Arc::clone(&self.counters);
        let lists = Arc::clone(&self.lists);
        let followed = Arc::clone(&resource);
        let held = Arc::clone(&known);
        let task = tokio::spawn(async move {
            // A task that this one replaces lets go of it when it has ended.
            let known = held.lock_owned().await;
            follow(Kind {
                client,
                key,
                options,
                resource: followed,
                mode,
                deltas,
                signals,
                counters,
                lists,
                known,
            })
            .await;
        });
        Followed {
            resource,
            known,
            task,
        }
    }

    /// Events are a log: a stream of their own, so that a flood of them holds up no state.
    fn follow_events(&mut self) -> Option<Followed> {
        // The sender must not outlive the task: its reader waits for the end.
        let events = self.events.take().filter(|_| self.options.events)?;
        let resource = Resource {
            group: String::new(),
            version: "v1".to_owned(),
            plural: "events".to_owned(),
            kind: "Event".to_owned(),
            namespaced: true,
        };
        Some(self.follow(Arc::new(resource), Arc::default(), Mode::Log, events))
    }

    async fn outcome(&mut self, resource: &Resource) -> Result<(), Closed> {
        if let Some(pending) = &mut self.pending {
            pending.remove(&(resource.group.clone(), resource.plural.clone()));
        }
        self.settled().await
    }

    async fn settled(&mut self) -> Result<(), Closed> {
        if self.pending.as_ref().is_some_and(BTreeSet::is_empty) {
            self.pending = None;
            self.tell(Change::Settled).await?;
        }
        Ok(())
    }

    async fn gap(&mut self, name: &str, err: &DiscoverError) -> Result<(), Closed> {
        if !self.gaps.insert(name.to_owned()) {
            return Ok(());
        }
        let (reason, message) = match err {
            DiscoverError::Unreachable(cause) | DiscoverError::Groups(cause) => {
                (Reason::of(cause), format!("{err}: {}", kube_message(cause)))
            }
            DiscoverError::Silent => (Reason::Failed, err.to_string()),
        };
        let gap = Gap {
            resource: name.to_owned(),
            reason,
            message,
        };
        self.tell(Change::Gap {
            gap,
            resource: None,
        })
        .await
    }

    async fn recovered(&mut self, name: &str) -> Result<(), Closed> {
        if self.gaps.remove(name) {
            self.tell(Change::Recovered {
                name: name.to_owned(),
                resource: None,
            })
            .await?;
        }
        Ok(())
    }

    async fn tell(&self, change: Change) -> Result<(), Closed> {
        count(&self.counters.deltas);
        let delta = Delta {
            time: Timestamp::now(),
            change,
        };
        self.state.send(delta).await.map_err(|_| Closed)
    }
}
