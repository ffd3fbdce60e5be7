//! One place where live differs from desired, and the classes of differences.

use catseye_model::Value;
use serde::Serialize;

use crate::owner::Claim;
use crate::path::Path;

/// How live differs from desired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The object is desired and not there.
    Missing,
    /// The object is there and nobody desires it.
    Unmanaged,
    /// A field has another value.
    Changed,
    /// A field or a member of a list that is not desired.
    Added,
    /// A desired field or member of a list is not there.
    Removed,
    /// The value is right, and somebody else owns it now: the next change by the deployer is a conflict.
    ReOwned,
    /// The object was deleted and made again.
    Recreated,
    /// The value was another for a while.
    Reverted,
}

impl Class {
    /// The class as a word.
    pub fn name(self) -> &'static str {
        match self {
            Class::Missing => "missing",
            Class::Unmanaged => "unmanaged",
            Class::Changed => "changed",
            Class::Added => "added",
            Class::Removed => "removed",
            Class::ReOwned => "re-owned",
            Class::Recreated => "recreated",
            Class::Reverted => "reverted",
        }
    }

    /// True when the live state is not as desired; the others are about how it came to be as it is.
    pub fn is_difference(self) -> bool {
        !matches!(self, Class::ReOwned | Class::Recreated | Class::Reverted)
    }
}

/// A difference of one field, or of the object as a whole (the root path).
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The class.
    pub class: Class,
    /// Where.
    pub path: Path,
    /// What is desired; none where desired is silent.
    pub desired: Option<Value>,
    /// What is; none where nothing is.
    pub live: Option<Value>,
    /// Who claims to own the live value.
    pub owners: Vec<Claim>,
    /// What a reader should know beside the values: the range of an autoscaler that it left.
    pub note: Option<String>,
}
