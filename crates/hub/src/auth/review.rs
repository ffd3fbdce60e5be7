//! The API server's answers about users, kept for a moment.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use catseye_cluster::Client;
use catseye_cluster::review::{self, Attributes, User};

use super::{GROUP, Token, not_known};
use crate::api::contract::problem::{Code, Problem};

/// How long a yes counts.
const YES: Duration = Duration::from_secs(30);
/// How long a no counts: a right that was just given should work soon.
const NO: Duration = Duration::from_secs(5);
/// How many answers are kept.
const MOST: usize = 10_000;

/// Asks the API server.
pub(super) struct Reviews {
    client: Client,
    owners: Kept<[u8; 32], Option<User>>,
    rights: Kept<(User, &'static str, &'static str), bool>,
}

impl std::fmt::Debug for Reviews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reviews")
    }
}

impl Reviews {
    pub(super) fn new(client: Client) -> Self {
        Reviews {
            client,
            owners: Kept::default(),
            rights: Kept::default(),
        }
    }

    pub(super) async fn owner(&self, token: &Token) -> Result<User, Problem> {
        let owner = if let Some(known) = self.owners.get(&token.hash()) {
            known
        } else {
            let answer = review::token(&self.client, token.reveal(), &[]).await;
            let owner = answer.map_err(|err| unavailable(&err))?;
            let lasts = if owner.is_some() { YES } else { NO };
            self.owners.put(token.hash(), owner.clone(), lasts);
            owner
        };
        owner.ok_or_else(|| not_known("the API server knows no owner of this token"))
    }

    pub(super) async fn allows(
        &self,
        user: &User,
        verb: &'static str,
        resource: &'static str,
    ) -> Result<bool, Problem> {
        let key = (user.clone(), verb, resource);
        if let Some(known) = self.rights.get(&key) {
            return Ok(known);
        }
        let attributes = Attributes::Resource {
            verb: verb.to_owned(),
            group: GROUP.to_owned(),
            resource: resource.to_owned(),
            subresource: None,
            namespace: None,
            name: None,
        };
        let answer = review::access(&self.client, user, &attributes).await;
        let allowed = answer.map_err(|err| unavailable(&err))?.allowed;
        self.rights
            .put(key, allowed, if allowed { YES } else { NO });
        Ok(allowed)
    }
}

fn unavailable(err: &dyn std::error::Error) -> Problem {
    tracing::warn!(error = %err, "the API server answers no review");
    Problem::new(
        Code::Unavailable,
        "the API server could not be asked who you are",
        "try again; if it stays, the hub's service account lacks system:auth-delegator",
    )
}

/// Answers with the time until which they count.
#[derive(Debug)]
struct Kept<K, V>(Mutex<BTreeMap<K, (V, Instant)>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept(Mutex::default())
    }
}

impl<K: Ord, V: Clone> Kept<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, until) = kept.get(key)?;
        (Instant::now() < *until).then(|| value.clone())
    }

    fn put(&self, key: K, value: V, lasts: Duration) {
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (_, until)| now < *until);
            // Only someone who sends ever new tokens gets here; starting anew costs a review each.
            if kept.len() >= MOST {
                kept.clear();
            }
        }
        kept.insert(key, (value, now + lasts));
    }
}
