//! Where a live cluster differs from what is wanted, by whose hand, and what it means.

pub mod compare;
pub mod difference;
pub mod mutation;
pub mod owner;
pub mod path;
pub mod scaling;
pub mod schema;
pub mod trust;

mod canonical;
mod given;

pub use compare::{Compared, Comparison};
pub use difference::{Class, Difference};
pub use mutation::Mutations;
pub use owner::{Claim, Owners};
pub use path::{Path, Step};
pub use scaling::Ranges;
pub use schema::Schemas;
pub use trust::Trust;

pub mod desired;
pub mod set;

pub use desired::{Desired, DesiredState, Source};
pub use set::{Drifts, ObjectDrift, compare_all, compare_one};

pub mod attribution;
pub mod ledger;
pub mod restored;

pub use attribution::{Attribution, KnownBy, attribute};
pub use ledger::Ledger;
pub use restored::{Edit, edits, inverse, restored};
pub mod meaning;
pub use meaning::{Effect, Meaning, meaning};
