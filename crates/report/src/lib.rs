//! What a scan says, ready to be shown: one [`Scan`] value, and a renderer for each format.
//!
//! ```text
//!  Inventory, sources, verdicts ─► assemble ─► Scan ─┬─► table     (people, a terminal)
//!  exceptions, baseline ───────────────┘             ├─► json      (programs)
//!                                                    ├─► sarif     (code hosts)
//!                                                    ├─► junit     (CI servers)
//!                                                    ├─► markdown  (pull requests)
//!                                                    └─► html      (one file to pass on)
//! ```

pub mod alert;
pub mod assemble;
pub mod html;
pub mod incidents;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod policies;
pub mod sarif;
pub mod scan;
pub mod table;

mod visible;
mod wording;
mod worst_first;

#[cfg(test)]
mod fixture;

pub use assemble::{Assembly, Source, assemble};
pub use scan::Scan;
