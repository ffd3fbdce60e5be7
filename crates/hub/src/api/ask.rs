//! One question being answered: who asks, of which state, which page.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::contract::page::{Page, Paging};
use super::contract::problem::{Code, Problem};
use super::derived::Derived;
use super::refusal::quoted;
use crate::auth::User;
use crate::edge::Edge;
use crate::world::World;

/// Items of a page unless told.
const PAGE: u32 = 50;
/// Items of a page at most.
const MOST: u32 = 500;

/// Writes the cursor of the page that begins at a number.
pub(crate) type WriteCursor = Box<dyn Fn(usize) -> String>;

/// One question. Answers are computed on a thread of their own, so they may take their time.
pub(crate) struct Ask {
    pub(crate) edge: Edge,
    /// The values of the braces in the path, in their order.
    pub(crate) path: Vec<String>,
    pub(crate) paging: Paging,
    pub(crate) at: Option<Timestamp>,
    pub(crate) user: User,
    /// `If-Match`, as sent.
    pub(crate) if_match: Option<String>,
    /// The `ETag` that belongs to this answer alone.
    pub(crate) tag: Mutex<Option<String>>,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Ask {
    /// The state that is asked about.
    pub(crate) fn world(&self) -> Result<Arc<World>, Problem> {
        let hub = &self.edge.hub;
        match self.at {
            None => Ok(hub.world()),
            Some(at) if at > hub.now() => Err(Problem::bad(format!(
                "at={at} is in the future: it is {} now",
                hub.now()
            ))),
            Some(at) => hub.world_at(at).map_err(|err| {
                Problem::new(
                    Code::TimeNotKept,
                    format!("the state at {at} is not kept: {err}"),
                    "ask for a later time; /timeline says how far back the store goes",
                )
            }),
        }
    }

    /// What is made of that state for lists and pictures.
    pub(crate) fn derived(&self) -> Result<Arc<Derived>, Problem> {
        let at = self.at.unwrap_or_else(|| self.edge.hub.now());
        Ok(self.edge.derived.of(self.world()?, at))
    }

    /// Waits for something asynchronous.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Writes what the user did into the hub's own audit log.
    pub(crate) fn record(&self, verb: &str, target: &str, outcome: &str) {
        let Some(store) = &self.edge.store else {
            tracing::info!(user = %self.user.username, verb, target, outcome, "a user acted");
            return;
        };
        let action = catseye_store::UserAction {
            at: Timestamp::now(),
            actor: self.user.username.clone(),
            verb: verb.to_owned(),
            target: target.to_owned(),
            outcome: outcome.to_owned(),
            source_ip: String::new(),
            detail: serde_json::Value::Null,
        };
        if let Err(err) = self.wait(store.record_action(action)) {
            tracing::error!(error = %err, verb, target, "failed to keep what a user did");
        }
    }

    /// The store, where there is one.
    pub(crate) fn store(&self) -> Result<&catseye_store::Store, Problem> {
        self.edge.store.as_ref().ok_or_else(|| {
            Problem::new(
                Code::NotAvailable,
                "this hub keeps no history",
                "start it with a store: catseye serve --state FOLDER",
            )
        })
    }

    /// The value of the first brace in the path.
    pub(crate) fn id(&self) -> &str {
        self.part(0)
    }

    /// The value of a brace in the path; empty where there is none.
    pub(crate) fn part(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// Gives the answer an `ETag` of its own.
    pub(crate) fn tag(&self, tag: String) {
        *self.tag.lock().unwrap_or_else(PoisonError::into_inner) = Some(tag);
    }

    /// How many items a page holds.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.paging.limit {
            None => Ok(PAGE as usize),
            Some(limit @ 1..=MOST) => Ok(limit as usize),
            Some(limit) => Err(Problem::bad(format!("limit={limit}: write 1 to {MOST}"))),
        }
    }

    /// Where a page begins, for lists that are numbered. `stamp` names the state and the filters: a
    /// cursor of another state leads on from the same number, one of other filters is refused.
    fn offset(&self, stamp: &str) -> Result<usize, Problem> {
        let Some(cursor) = &self.paging.cursor else {
            return Ok(0);
        };
        let bad = || {
            Problem::new(
                Code::BadCursor,
                format!("cursor={:?} is none of this list", quoted(cursor)),
                "take `next` of the page before, with the same filters; or begin without a cursor",
            )
        };
        let (offset, of) = cursor.split_once('.').ok_or_else(bad)?;
        if of != stamp {
            return Err(bad());
        }
        offset.parse().map_err(|_| bad())
    }

    /// A page of what passes, and the cursor of the next. `question` is all that narrows the list.
    pub(crate) fn page<T: Clone>(
        &self,
        items: &[T],
        question: &impl std::fmt::Debug,
    ) -> Result<Page<T>, Problem> {
        let stamp = fingerprint(&format!("{question:?}"));
        let offset = self.offset(&stamp)?;
        let limit = self.limit()?;
        let end = offset.saturating_add(limit).min(items.len());
        Ok(Page {
            items: items.get(offset..end).unwrap_or_default().to_vec(),
            total: items.len() as u64,
            next: (end < items.len()).then(|| format!("{end}.{stamp}")),
        })
    }

    /// Where a page begins and how many it holds, for lists that someone else cuts; and how to write
    /// the cursor of the next.
    pub(crate) fn window<Q: std::fmt::Debug>(
        &self,
        question: &Q,
    ) -> Result<(usize, usize, WriteCursor), Problem> {
        let stamp = fingerprint(&format!("{question:?}"));
        let offset = self.offset(&stamp)?;
        Ok((
            offset,
            self.limit()?,
            Box::new(move |end| format!("{end}.{stamp}")),
        ))
    }
}

/// Eight digits that tell questions apart; nothing secret hangs on them.
pub(crate) fn fingerprint(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(text.as_bytes());
    crate::auth::hex(&hash[..4])
}

/// The values of a filter, separated by commas; empty when it is left out.
pub(crate) fn values(filter: Option<&str>) -> Vec<&str> {
    filter
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .collect()
}

/// Whether a filter passes a value.
pub(crate) fn passes(filter: &[&str], value: &str) -> bool {
    filter.is_empty() || filter.contains(&value)
}

/// Reads each value of a filter; the refusal names those that there are.
pub(crate) fn parsed<T: Copy>(
    name: &str,
    filter: Option<&str>,
    known: &[(&str, T)],
) -> Result<Vec<T>, Problem> {
    values(filter)
        .into_iter()
        .map(|value| {
            let found = known.iter().find(|(word, _)| *word == value);
            found.map(|(_, value)| *value).ok_or_else(|| {
                let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                Problem::bad(format!(
                    "{name}={:?}: write {}",
                    quoted(value),
                    words.join(", ")
                ))
            })
        })
        .collect()
}
