//! From the node to the hub: batches with numbers, kept until they are acknowledged.
//!
//! ```text
//!  events ─► Batch (lines, numbered) ─► Spool (folder, bounded) ─► sender ─► hub
//!                                            └─ too full: the oldest go, and a Loss says what
//! ```
//!
//! A batch is text: one line about the batch, then one line an event. Numbers of events rise by one
//! within a boot of the sensor's spool, so the hub tells what it has already and what is missing.

mod batch;
mod spool;

pub use batch::{About, Batch, BatchError, FORMAT, Gathering, Refused};
pub use spool::{Dropped, Kept, Spool, SpoolError};
