//! One scripted call: who, what, and what the script expects; plain data.
//!
//! Paths, bodies and addresses may hold places that are filled in when the call is made, such as
//! `{pod:shop/cart/0}`; `live` knows them all.

use http::Method;
use serde_json::Value;

use crate::cast::Actor;

/// What a call carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// Nothing.
    Nothing,
    /// A whole object, or the options of a deletion.
    Json(Value),
    /// A JSON merge patch.
    Merge(Value),
    /// A strategic merge patch, as kubectl sends for built-in kinds.
    Strategic(Value),
    /// A JSON patch.
    JsonPatch(Value),
    /// A server-side apply configuration.
    Apply(Value),
    /// The live object with this merged into it: what a controller sends after a read from its cache.
    Rewrite(Value),
    /// An upgrade to a `WebSocket`: exec, attach, port-forward.
    Stream,
}

/// The answer that the script expects; anything else is told at the end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Done, or an upgrade.
    Done,
    /// Refused by RBAC.
    Refused,
    /// There is no such object.
    Missing,
    /// Whatever comes: the script does not depend on it.
    Anything,
}

impl Expect {
    /// True when the script goes on as written after `status`.
    pub fn holds(self, status: u16) -> bool {
        match self {
            Self::Done => matches!(status, 101 | 200..=299),
            Self::Refused => status == 403,
            Self::Missing => status == 404,
            Self::Anything => true,
        }
    }
}

/// What kind of a call a label speaks of.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// By an attacker.
    Attack,
    /// By a colleague who went round the delivery.
    Handmade,
}

/// The label of a hostile or hand-made call; it never reaches the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which of the two.
    pub deed: Deed,
    /// The scenario, as in the table of the recording's README.
    pub scenario: &'static str,
    /// Its variant: `plain`, `slow`, `living-off-the-land`.
    pub variant: &'static str,
    /// The ATT&CK technique, for attacks.
    pub technique: Option<&'static str>,
}

/// One call of the script.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Who calls, with what and from where.
    pub actor: Actor,
    /// The HTTP method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// What it carries.
    pub payload: Payload,
    /// The answer that the script expects.
    pub expect: Expect,
    /// Keeps the text at a JSON pointer of the answer under a name, for later calls.
    pub keep: Option<(String, &'static str)>,
    /// Its label, if it is hostile or hand-made.
    pub mark: Option<Mark>,
}

impl Call {
    /// A call that should be done.
    pub fn new(actor: &Actor, method: Method, path: impl Into<String>, payload: Payload) -> Self {
        Self {
            actor: actor.clone(),
            method,
            path: path.into(),
            payload,
            expect: Expect::Done,
            keep: None,
            mark: None,
        }
    }

    /// The same call, with another expectation.
    #[must_use]
    pub fn expecting(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// The same call, keeping the text at `pointer` of the answer as `name`.
    #[must_use]
    pub fn keeping(mut self, name: impl Into<String>, pointer: &'static str) -> Self {
        self.keep = Some((name.into(), pointer));
        self
    }
}
