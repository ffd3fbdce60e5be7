//! Where a live cluster differs from what is wanted, by whose hand, and what it means.
//!
//! ```text
//!  desired ─► compare (schema, canonical, given, owner, trust, scaling, mutation) ─► differences
//!  audit ───► ledger ─► attribution: who, and how that is known ◄────────────────────┘   │
//!  checks, netpol ─► meaning: what fails, what opens ◄───────────────────────────────────┤
//!  restored: the object with its drift undone ◄──────────────────────────────────────────┘
//! ```
//!
//! [`set::compare_all`] takes a whole cluster; a [`basis::Basis`] is kept by a running program, which asks it
//! about one changed object at a time.

pub mod attribution;
pub mod basis;
pub mod compare;
pub mod delivery;
pub mod desired;
pub mod difference;
pub mod environment;
pub mod journal;
pub mod ledger;
pub mod meaning;
pub mod mutation;
pub mod owner;
pub mod parity;
pub mod path;
pub mod provenance;
pub mod restored;
pub mod scaling;
pub mod schema;
pub mod set;
pub mod trust;
pub mod version;

mod canonical;
mod given;

pub use attribution::{Attribution, KnownBy, attribute};
pub use basis::Basis;
pub use compare::{Compared, Comparison};
pub use desired::ownership::{Application, Ownership};
pub use desired::{Desired, DesiredState, Source};
pub use difference::{Class, Difference};
pub use journal::Journal;
pub use ledger::Ledger;
pub use meaning::{Effect, Meaning, meaning};
pub use mutation::Mutations;
pub use owner::{Claim, Owners};
pub use path::{Path, Step};
pub use provenance::Provenance;
pub use restored::{Edit, edits, inverse, restored};
pub use scaling::Ranges;
pub use schema::Schemas;
pub use set::{Drifts, ObjectDrift, Surroundings, compare_all, compare_one};
pub use trust::Trust;
