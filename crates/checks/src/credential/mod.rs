//! Is this text a credential?
//!
//! Environment values, arguments, `ConfigMap` data, annotations and fields of custom resources are
//! no place for a secret: whoever may read the object has it. This module decides, for the checks
//! that walk those places, whether a value is one.
//!
//! ```text
//!            ┌─ formats: forms that speak for themselves (AKIA…, -----BEGIN … KEY-----, JWT)
//!  text ─────┤
//!            └─ name:  what DB_PASSWORD promises ─┬─ placeholder: <your-password> is none
//!                                                 ├─ reference:   /run/secrets/db is elsewhere
//!                                                 ├─ context:     a UUID called HEROKU_API_KEY
//!                                                 └─ entropy:     looks generated
//! ```
//!
//! A format is sure by itself. A plainly sensitive name with a literal value is a credential however
//! weak the value (`changeme` works until someone changes it). A suggestive name needs a value that
//! looks generated. Entropy alone is never enough. The value itself never leaves: see [`Redacted`].

mod assignment;
pub(crate) mod base64;
mod entropy;
mod formats;
mod lines;
pub(crate) mod name;
pub(crate) mod placeholder;
mod program;
mod redacted;
mod reference;
#[cfg(test)]
mod tests;

use formats::{Hit, sweep};
use name::Promise;
use reference::Strictness;

pub use lines::{detect_all, detect_args};
pub use redacted::Redacted;

/// How sure it is that a value is a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Stands in the place of a credential, but is masked, hashed or merely looks generated.
    Low,
    /// A literal under a name that says credential.
    Medium,
    /// Has the form of a credential.
    High,
}

/// What kind of credential, how sure, and a redacted hint; never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// For people: `AWS access key id`.
    pub kind: &'static str,
    /// For machines, and permanent: `aws-access-key-id`.
    pub id: &'static str,
    /// How sure.
    pub confidence: Confidence,
    /// Length and at most three characters of the value.
    pub hint: Redacted,
}

/// The credential that `value` is or holds, if any: the most certain one, then the first.
///
/// `name` is the environment variable, data key, flag or annotation key, if there is one.
pub fn detect(name: Option<&str>, value: &str) -> Option<Credential> {
    if value.is_empty() {
        return None;
    }
    let swept = sweep(value);
    let by_format = best(&swept.hits);
    if let Some(hit) = by_format
        && hit.credential.confidence == Confidence::High
    {
        return Some(hit.credential.clone());
    }
    if let Some(named) = name.and_then(|name| detect_named(name, value)) {
        return Some(named);
    }
    let inside = lines::named(value, &swept.names);
    best(&inside)
        .or(by_format)
        .map(|hit| hit.credential.clone())
        .or_else(|| detect_account(name?, value))
}

/// Nothing in `text` can make it hold a credential: no form, and no word that makes a name
/// sensitive. Cheaper than [`detect_all`], for texts that are then read in another way.
pub fn is_clean(text: &str) -> bool {
    let swept = sweep(text);
    swept.hits.is_empty() && swept.names.is_empty()
}

/// Half of a login: Azure Batch accounts, which other scanners count among credentials.
fn detect_account(name: &str, value: &str) -> Option<Credential> {
    let is_account = ["azure_batch_account", "azure_batchai_storage_account"]
        .iter()
        .any(|account| name.eq_ignore_ascii_case(account));
    (is_account && !placeholder::is_placeholder(value)).then(|| Credential {
        kind: "Azure account name",
        id: "azure-account-name",
        confidence: Confidence::Low,
        hint: Redacted::of(value),
    })
}

fn best(hits: &[Hit]) -> Option<&Hit> {
    hits.iter()
        .min_by_key(|h| (std::cmp::Reverse(h.credential.confidence), h.start, h.rank))
}

/// The credential that `value` is because of what it is called.
fn detect_named(name: &str, value: &str) -> Option<Credential> {
    // Most names hold none of the words; saying so costs less than cutting them into words.
    if formats::has_no_sensitive_part(name) {
        return None;
    }
    let value = value.trim();
    if value.contains('\n') || value.len() > LONGEST_VALUE || name.len() > LONGEST_NAME {
        return None;
    }
    let words = name::words(name);
    let mut promise = name::promise(&words);
    // The domain of an annotation key says whose key it is, not what it holds.
    if let Some((_, own_name)) = name.rsplit_once('/')
        && promise != Promise::Nothing
    {
        promise = name::promise(&name::words(own_name));
    }
    if promise == Promise::Nothing {
        return None;
    }
    let found = |id, kind, confidence| {
        Some(Credential {
            kind,
            id,
            confidence,
            hint: Redacted::of(value),
        })
    };
    if let Some(context) = formats::by_context(&words, value) {
        return found(context.id, context.title, Confidence::High);
    }
    if placeholder::is_placeholder(value) {
        return None;
    }
    let generated = entropy::looks_random(value);
    let strictness = match promise {
        Promise::Password => Strictness::Password,
        Promise::Opaque => Strictness::Opaque,
        Promise::Perhaps if generated => {
            return found("generated-secret", "generated secret", Confidence::Low);
        }
        Promise::Perhaps | Promise::Nothing => return None,
    };
    if !generated
        && (reference::is_reference(value, strictness) || repeats_name(value, &words, promise))
    {
        return None;
    }
    if placeholder::is_masked(value) {
        return found("masked-credential", "masked credential", Confidence::Low);
    }
    let confidence = if generated {
        Confidence::High
    } else {
        Confidence::Medium
    };
    match promise {
        Promise::Password => found("password", "password", confidence),
        _ => found("secret-value", "key, token or secret", confidence),
    }
}

const LONGEST_VALUE: usize = 4096;
const LONGEST_NAME: usize = 256;

/// `accessKey: access-key` tells under which key to look. `PASSWORD=password` is just a bad one.
fn repeats_name(value: &str, name: &[String], promise: Promise) -> bool {
    promise != Promise::Password && name::words(value).concat() == name.concat()
}
