//! What a refusal looks like: `application/problem+json` (RFC 9457) with a permanent code and what to do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was refused, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code tells.
    pub r#type: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The permanent word for what is wrong.
    pub code: Code,
    /// What is wrong with this request.
    pub detail: String,
    /// What to do instead.
    pub remedy: String,
}

/// The permanent words for what can be wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// 400: a parameter, a header or the body does not say what it must.
    BadRequest,
    /// 400: the cursor is not one of ours, or belongs to another question.
    BadCursor,
    /// 401: no token, or one that nobody knows.
    NotAuthenticated,
    /// 403: the token is good, but its owner may not do this.
    NotAllowed,
    /// 403: a write that came from another site.
    CrossSite,
    /// 404: nothing under this name.
    NotFound,
    /// 405: this address has no such method.
    MethodNotAllowed,
    /// 408: the request took too long to arrive.
    Slow,
    /// 410: the time asked for is before what the store keeps.
    TimeNotKept,
    /// 412: somebody else changed it since it was read; read it again.
    Changed,
    /// 413: the body is larger than allowed.
    TooLarge,
    /// 414: the address is longer than allowed.
    TooLong,
    /// 415: the body is of a type that is not read here.
    WrongType,
    /// 422: the body was understood and cannot be done.
    NotPossible,
    /// 428: a write without `If-Match`.
    VersionNeeded,
    /// 429: too much at once; `Retry-After` says when to come again.
    TooMany,
    /// 500: our own fault; the log has the details under the number in `detail`.
    Internal,
    /// 501: this hub has no part that could answer.
    NotAvailable,
    /// 503: not ready yet, or the store is away.
    Unavailable,
}
