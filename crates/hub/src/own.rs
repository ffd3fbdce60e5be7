//! What the hub itself does in the cluster, told apart from what others do.
//!
//! The hub lists Secrets where it may, as an attacker would. Its own reads are kept and not judged. They
//! are known by three things together: who the API server says that we are, a name of the program that holds
//! what nobody can guess, and that they only read. The name alone would not do, because every client may
//! call itself what it likes; the identity alone would not either, because others may share it.

use catseye_event::Event;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Who the hub is in the cluster.
#[derive(Clone, PartialEq, Eq)]
pub struct Own {
    user: String,
    agent: String,
}

impl std::fmt::Debug for Own {
    /// Without the name of the program: who knows it could hide behind it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Own {
    /// `user` as the API server answers to a `SelfSubjectReview`, `agent` as [`own_agent`] gives it.
    pub fn new(user: impl Into<String>, agent: impl Into<String>) -> Self {
        Own {
            user: user.into(),
            agent: agent.into(),
        }
    }

    /// True for a read by the hub itself.
    pub(crate) fn made(&self, event: &Event<'_>) -> bool {
        !self.user.is_empty()
            && event.user_agent() == self.agent
            && *event.user().username == *self.user
            && event.impersonated_user().is_none()
            && matches!(event.verb(), "get" | "list" | "watch")
    }
}

/// How the hub calls itself to the API server: the same in every run with the same secret, and not to be
/// guessed without it.
pub fn own_agent(secret: &[u8; 32]) -> String {
    // HMAC takes keys of any length, so there is nothing to fail.
    let mark = Hmac::<Sha256>::new_from_slice(secret).map(|mut mac| {
        mac.update(b"user agent");
        crate::auth::hex(&mac.finalize().into_bytes()[..8])
    });
    let version = env!("CARGO_PKG_VERSION");
    format!("catseye/{version} (hub {})", mark.unwrap_or_default())
}
