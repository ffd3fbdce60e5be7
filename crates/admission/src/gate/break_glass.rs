//! Breaking the glass: those who may can pass in an emergency, with a reason and for a while.
//!
//! ```yaml
//! metadata:
//!   annotations:
//!     catseye.dev/break-glass: "until=2027-01-31T12:00:00Z: the ingress is down, INC-4711"
//! ```

use catseye_model::{Fields as _, Value};
use catseye_policy::glob;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::request::Request;

/// The annotation's key.
pub const KEY: &str = "catseye.dev/break-glass";

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 300;

/// Who may break the glass, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct BreakGlass {
    /// User names, may hold `*`.
    pub users: Vec<String>,
    /// Groups, whole.
    pub groups: Vec<String>,
    /// How far in the future `until` may lie, in minutes.
    pub longest_minutes: u32,
}

impl Default for BreakGlass {
    fn default() -> Self {
        BreakGlass {
            users: Vec::new(),
            groups: Vec::new(),
            longest_minutes: 240,
        }
    }
}

/// A glass that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glass {
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Timestamp,
}

impl BreakGlass {
    /// What a request's object says of an emergency: nothing, a glass that is broken rightly, or why it
    /// does not count.
    pub fn of(&self, request: &Request, now: Timestamp) -> Option<Result<Glass, String>> {
        let object = if request.object.is_null() {
            &request.old_object
        } else {
            &request.object
        };
        let text = object.entry("metadata.annotations", KEY)?;
        Some(self.read(text, request, now))
    }

    fn read(&self, text: &str, request: &Request, now: Timestamp) -> Result<Glass, String> {
        let user = &request.user;
        let may = self
            .users
            .iter()
            .any(|pattern| glob::matches(pattern, &user.name))
            || self.groups.iter().any(|group| user.groups.contains(group));
        if !may {
            return Err(format!("{} may not break the glass", user.name));
        }
        let how = "write until=2027-01-31T12:00:00Z: and the reason";
        let Some((until, reason)) = text
            .trim()
            .strip_prefix("until=")
            .and_then(|rest| rest.split_once(": "))
        else {
            return Err(format!("{KEY} cannot be read: {how}"));
        };
        let Ok(until) = until.trim().parse::<Timestamp>() else {
            return Err(format!("{KEY} names no time: {how}"));
        };
        let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
        if reason.is_empty() {
            return Err(format!("{KEY} gives no reason: {how}"));
        }
        if until <= now {
            return Err(format!("{KEY} ended at {until}"));
        }
        let longest = SignedDuration::from_mins(i64::from(self.longest_minutes));
        if until.duration_since(now) > longest {
            return Err(format!(
                "{KEY} lasts until {until}: at most {} minutes are allowed",
                self.longest_minutes
            ));
        }
        Ok(Glass { reason, until })
    }
}

/// The object without the annotation, for comparing.
pub(crate) fn without(object: &Value) -> Value {
    let mut object = object.clone();
    object.update("metadata", |metadata| {
        metadata.update("annotations", |annotations| {
            if annotations.is_object() {
                annotations.remove(KEY);
            }
        });
    });
    object
}
