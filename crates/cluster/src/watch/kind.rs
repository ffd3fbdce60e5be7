//! One kind: listed, watched, and repaired.
//!
//! ```text
//!        ┌──────────────────────────────────────────────┐
//!        ▼                                              │ 410, resync, failures in a row
//!  list in pages ─► tell the difference ─► Synced ─► watch ─► tell
//!        ▲                                              │ the stream ended, or broke: resume
//!        └── 403: wait long; 405: poll                  └──► watch
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use catseye_model::Value;
use jiff::Timestamp;
use kube::Client;
use serde::Deserialize;
use tokio::sync::{OwnedMutexGuard, Semaphore, mpsc};
use tokio::time::{Instant, sleep, timeout};

use catseye_model::redact::{RedactionKey, redact_secret};

use super::backoff::{Backoff, jittered};
use super::known::{Difference, Known};
use super::lines::Lines;
use super::{Change, Counters, Delta, Key, Options, count};
use crate::discover::Resource;
use crate::list::{Gap, Reason, complete};
use crate::request::{RequestError, Status, get, open, read};

/// After so many failed resumes in a row, the version itself is doubted: a server whose etcd was
/// restored from a backup never reaches it.
const DOUBT: u32 = 5;

/// A stream that lived this long was a good one.
const GOOD: Duration = Duration::from_secs(5);

/// What a kind's task tells its supervisor.
#[derive(Debug)]
pub(super) enum Signal {
    /// The kind has been listed, or cannot be, for the first time.
    Outcome(Arc<Resource>),
    /// The kinds may have changed.
    Rediscover,
}

/// What becomes of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// State: what is deleted is told.
    State,
    /// A log: what the server forgets still happened.
    Log,
}

/// All that a kind's task needs.
pub(super) struct Kind {
    pub(super) client: Client,
    pub(super) key: RedactionKey,
    pub(super) options: Options,
    pub(super) resource: Arc<Resource>,
    pub(super) mode: Mode,
    pub(super) deltas: mpsc::Sender<Delta>,
    pub(super) signals: mpsc::UnboundedSender<Signal>,
    pub(super) counters: Arc<Counters>,
    pub(super) lists: Arc<Semaphore>,
    pub(super) known: OwnedMutexGuard<Known>,
}

/// The reader has gone: so does the task.
#[derive(Debug)]
struct Closed;

/// Why listing or watching ended early.
enum End {
    Closed,
    Failed(RequestError),
}

impl From<Closed> for End {
    fn from(_: Closed) -> Self {
        End::Closed
    }
}

impl From<RequestError> for End {
    fn from(err: RequestError) -> Self {
        End::Failed(err)
    }
}

/// How a stream ended.
enum Ending {
    /// The server ended it, as it does every few minutes.
    Finished,
    /// It is time to list again.
    Resync,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: PageMetadata,
    items: Option<VecDeque<Value>>,
}

#[derive(Default, Deserialize)]
struct PageMetadata {
    #[serde(default)]
    r#continue: Option<String>,
    #[serde(default, rename = "resourceVersion")]
    resource_version: String,
}

#[derive(Deserialize)]
struct WatchEvent {
    r#type: String,
    object: Value,
}

/// How a kind is doing.
struct Health {
    backoff: Backoff,
    /// Since when it fails, without a success between.
    failing: Option<Instant>,
    /// Whether the reader knows of the gap.
    has_gap: bool,
    /// Whether the gap is that the kind may be listed and not watched.
    is_polled: bool,
    /// Whether the supervisor knows of the first outcome.
    had_outcome: bool,
}

/// Follows a kind until the reader goes away.
pub(super) async fn follow(kind: Kind) {
    let health = Health {
        backoff: Backoff::new(),
        failing: None,
        has_gap: false,
        is_polled: false,
        had_outcome: false,
    };
    let mut follower = Follower { kind, health };
    // There is no other way to end.
    let Err(Closed) = follower.run().await;
}

struct Follower {
    kind: Kind,
    health: Health,
}

impl Follower {
    async fn run(&mut self) -> Result<std::convert::Infallible, Closed> {
        loop {
            let version = match self.list().await {
                Ok(version) => version,
                Err(End::Closed) => return Err(Closed),
                Err(End::Failed(err)) => {
                    self.ill(err).await?;
                    continue;
                }
            };
            if !self.health.is_polled {
                self.well().await?;
            }
            self.tell(Change::Synced(Arc::clone(&self.kind.resource)))
                .await?;
            self.outcome();
            self.watch(version).await?;
        }
    }

    /// Lists everything, tells the difference, and answers the version to watch from.
    async fn list(&mut self) -> Result<String, End> {
        let lists = Arc::clone(&self.kind.lists);
        // The semaphore is never closed; without a permit the list would only be less fair.
        let _permit = lists.acquire().await;
        let had = !self.kind.known.is_empty();
        self.kind.known.begin();
        let mut page = self.page(Some(self.kind.options.page), None).await?;
        loop {
            let more = page
                .metadata
                .r#continue
                .take()
                .filter(|token| !token.is_empty());
            for object in page.items.take().unwrap_or_default() {
                let is_new = self.upsert(object).await?;
                if is_new && had {
                    count(&self.kind.counters.repaired);
                }
            }
            let Some(token) = more else { break };
            page = match self.page(Some(self.kind.options.page), Some(&token)).await {
                // The list grew too old while we read it: its pages no longer fit together. One
                // answer without pages is consistent.
                Err(err) if err.code() == Some(410) => {
                    count(&self.kind.counters.expired);
                    self.kind.known.begin();
                    self.page(None, None).await?
                }
                answer => answer?,
            };
        }
        for key in self.kind.known.unlisted() {
            if self.kind.mode == Mode::State {
                count(&self.kind.counters.repaired);
            }
            self.delete(key, None).await?;
        }
        count(&self.kind.counters.lists);
        Ok(page.metadata.resource_version)
    }

    async fn page(&self, limit: Option<usize>, token: Option<&str>) -> Result<Page, RequestError> {
        let path = self.kind.resource.path();
        // The token is base64 for URLs: nothing in it needs quoting.
        let url = match (limit, token) {
            (Some(limit), Some(token)) => format!("{path}?limit={limit}&continue={token}"),
            (Some(limit), None) => format!("{path}?limit={limit}"),
            (None, _) => path,
        };
        read(&self.kind.client, get(&url)?).await
    }

    /// Watches from a version until a new list is needed.
    async fn watch(&mut self, mut version: String) -> Result<(), Closed> {
        let until = Instant::now() + jittered(self.kind.options.resync.max(GOOD));
        let mut failures = 0;
        loop {
            let began = Instant::now();
            let before = version.clone();
            let ending = self.stream(&mut version, until).await;
            let was_good = version != before || began.elapsed() >= GOOD;
            if was_good {
                failures = 0;
                self.health.backoff.reset();
            }
            match ending {
                Ok(Ending::Resync) => return Ok(()),
                Ok(Ending::Finished) if was_good => {}
                Ok(Ending::Finished) => {
                    // A server, or a proxy, that ends every stream at once must not be asked at once.
                    failures += 1;
                    let wait = self.health.backoff.wait(None);
                    self.rest(wait).await?;
                }
                Err(End::Closed) => return Err(Closed),
                Err(End::Failed(err)) => match err.code() {
                    Some(410) => {
                        count(&self.kind.counters.expired);
                        return Ok(());
                    }
                    // We may list and not watch, or the kind knows no watch.
                    Some(code @ (403 | 405)) => return self.poll(code).await,
                    // The kind is gone, or its definition: the list finds out.
                    Some(404) => {
                        let _ = self.kind.signals.send(Signal::Rediscover);
                        self.ill(err).await?;
                        return Ok(());
                    }
                    _ => {
                        failures += u32::from(!matches!(err, RequestError::Unreachable { .. }));
                        self.ill(err).await?;
                    }
                },
            }
            if failures >= DOUBT {
                return Ok(());
            }
        }
    }

    /// One stream, from a version on; the version follows what was told.
    async fn stream(&mut self, version: &mut String, until: Instant) -> Result<Ending, End> {
        // Streams of many kinds must not all end in the same second.
        let seconds = jittered(Duration::from_secs(290)).as_secs();
        let path = self.kind.resource.path();
        let url = format!(
            "{path}?watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={seconds}"
        );
        let mut request = get(&url)?;
        // Newer servers compress each event on its own, which our decoder ends after the first of.
        request.headers_mut().insert(
            http::header::ACCEPT_ENCODING,
            http::HeaderValue::from_static("identity"),
        );
        let response = open(&self.kind.client, request).await?;
        count(&self.kind.counters.streams);
        self.health.is_polled = false;
        self.well().await?;
        let mut lines = Lines::new(response.into_body());
        let mut patience = Duration::from_secs(seconds + 30);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Ending::Resync);
            }
            let line = match timeout(patience.min(left), lines.next()).await {
                Ok(line) => line?,
                Err(_) if left <= patience => return Ok(Ending::Resync),
                Err(_) => return Err(RequestError::silent().into()),
            };
            let Some(line) = line else {
                return Ok(Ending::Finished);
            };
            if line.is_empty() {
                continue;
            }
            let event: WatchEvent = match serde_json::from_slice(line) {
                Ok(event) => event,
                Err(err) => {
                    count(&self.kind.counters.unreadable);
                    return Err(RequestError::Unreadable {
                        message: format!("a line of a watch: {err}"),
                    }
                    .into());
                }
            };
            let reached = event.object["metadata"]["resourceVersion"]
                .as_str()
                .filter(|version| !version.is_empty())
                .map(str::to_owned);
            match event.r#type.as_str() {
                "ADDED" | "MODIFIED" => {
                    self.upsert(event.object).await?;
                }
                "DELETED" => self.deleted(event.object).await?,
                "BOOKMARK" => patience = patience.min(self.kind.options.silence),
                "ERROR" => {
                    let status: Status =
                        serde_json::from_value(event.object.into()).map_err(|err| {
                            RequestError::Unreadable {
                                message: format!("an error within a watch: {err}"),
                            }
                        })?;
                    let code = status.code;
                    return Err(status.into_error(code, None).into());
                }
                other => {
                    return Err(RequestError::Unreadable {
                        message: format!("unknown type of watch event: {other:?}"),
                    }
                    .into());
                }
            }
            if let Some(reached) = reached {
                *version = reached;
            }
        }
    }

    /// Lists from time to time what cannot be watched, and says that it is seen late.
    async fn poll(&mut self, code: u16) -> Result<(), Closed> {
        if code == 403 && !self.health.is_polled {
            self.health.is_polled = true;
            self.health.has_gap = true;
            let seconds = self.kind.options.poll.as_secs();
            self.tell_gap(
                Reason::Forbidden,
                format!("may be listed and not watched: seen every {seconds} s only"),
            )
            .await?;
        }
        self.rest(self.kind.options.poll).await
    }

    /// Tells an object when the reader does not hold it so; true when it did not.
    async fn upsert(&mut self, mut object: Value) -> Result<bool, Closed> {
        complete(&mut object, &self.kind.resource);
        let Some(key) = Key::of(&object) else {
            count(&self.kind.counters.unreadable);
            return Ok(false);
        };
        match self.kind.known.compare(&key, &object) {
            Difference::Same => return Ok(false),
            Difference::Replaced => self.delete(key.clone(), None).await?,
            Difference::New | Difference::Changed => {}
        }
        self.redact(&mut object);
        let mark = self.kind.known.mark(&object);
        let definition = defines_kinds(&self.kind.resource);
        self.tell(Change::Upsert {
            object,
            resource: Arc::clone(&self.kind.resource),
        })
        .await?;
        // Only now: a task that is stopped while the reader is slow has not told it.
        self.kind.known.told(key, mark);
        if definition {
            let _ = self.kind.signals.send(Signal::Rediscover);
        }
        Ok(true)
    }

    /// A deletion with the object's last state.
    async fn deleted(&mut self, mut object: Value) -> Result<(), Closed> {
        complete(&mut object, &self.kind.resource);
        let Some(key) = Key::of(&object) else {
            count(&self.kind.counters.unreadable);
            return Ok(());
        };
        self.redact(&mut object);
        self.delete(key, Some(object)).await
    }

    async fn delete(&mut self, key: Key, last: Option<Value>) -> Result<(), Closed> {
        if self.kind.mode == Mode::Log || !self.kind.known.holds(&key) {
            self.kind.known.gone(&key);
            return Ok(());
        }
        let definition = defines_kinds(&self.kind.resource);
        self.tell(Change::Delete {
            key: key.clone(),
            resource: Arc::clone(&self.kind.resource),
            last,
        })
        .await?;
        self.kind.known.gone(&key);
        if definition {
            let _ = self.kind.signals.send(Signal::Rediscover);
        }
        Ok(())
    }

    fn redact(&self, object: &mut Value) {
        let resource = &self.kind.resource;
        if resource.group.is_empty() && resource.plural == "secrets" {
            redact_secret(object, &self.kind.key);
        }
    }

    async fn tell(&self, change: Change) -> Result<(), Closed> {
        let delta = Delta {
            time: Timestamp::now(),
            change,
        };
        count(&self.kind.counters.deltas);
        self.kind.deltas.send(delta).await.map_err(|_| Closed)
    }

    async fn tell_gap(&self, reason: Reason, message: String) -> Result<(), Closed> {
        self.tell(Change::Gap {
            gap: Gap {
                resource: self.kind.resource.name(),
                reason,
                message,
            },
            resource: Some(Arc::clone(&self.kind.resource)),
        })
        .await
    }

    /// It works.
    async fn well(&mut self) -> Result<(), Closed> {
        self.health.failing = None;
        if self.health.has_gap {
            self.health.has_gap = false;
            self.tell(Change::Recovered {
                name: self.kind.resource.name(),
                resource: Some(Arc::clone(&self.kind.resource)),
            })
            .await?;
        }
        Ok(())
    }

    /// It does not work: says so when that lasts, and waits.
    async fn ill(&mut self, err: RequestError) -> Result<(), Closed> {
        count(&self.kind.counters.failures);
        let now = Instant::now();
        let since = *self.health.failing.get_or_insert(now);
        // A kind that is gone is the supervisor's to judge.
        if err.code() == Some(404) {
            let _ = self.kind.signals.send(Signal::Rediscover);
        }
        let lasts = now.duration_since(since) >= self.kind.options.patience;
        if (err.code() == Some(403) || lasts) && !self.health.has_gap {
            self.health.has_gap = true;
            self.tell_gap(err.reason(), err.message().to_owned())
                .await?;
            self.outcome();
        }
        if err.code() == Some(403) {
            let wait = jittered(self.kind.options.forbidden_retry);
            return self.rest(wait).await;
        }
        let wait = self.health.backoff.wait(err.retry_after());
        self.rest(wait).await
    }

    /// Waits, unless the reader goes away.
    async fn rest(&self, wait: Duration) -> Result<(), Closed> {
        tokio::select! {
            () = sleep(wait) => Ok(()),
            () = self.kind.deltas.closed() => Err(Closed),
        }
    }

    /// The first list was read, or could not be.
    fn outcome(&mut self) {
        if !self.health.had_outcome {
            self.health.had_outcome = true;
            let _ = self
                .kind
                .signals
                .send(Signal::Outcome(Arc::clone(&self.kind.resource)));
        }
    }
}

/// True for the kinds whose objects make other kinds.
fn defines_kinds(resource: &Resource) -> bool {
    matches!(
        (resource.group.as_str(), resource.plural.as_str()),
        ("apiextensions.k8s.io", "customresourcedefinitions")
            | ("apiregistration.k8s.io", "apiservices")
    )
}
