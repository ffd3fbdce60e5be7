//! Who is asking, and how a token becomes a session.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A token to exchange for a session cookie: the printed one, or one of a Kubernetes user.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The token.
    pub token: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(redacted)")
    }
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedIn {
    /// The user's name.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
    /// What the user may do: `get`, `act` (incidents and changes), `events` (raw events), `settings`.
    pub may: Vec<String>,
    /// How the user is known: `token` (printed at start), `kubernetes` or `certificate`.
    pub known_by: String,
}
