//! What a store promises, on both back ends alike, and under faults.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests, which start processes and write files"
)]

mod alerts;
mod batches;
mod documents;
mod events;
mod faults;
mod findings;
mod golden;
mod incidents;
mod keeping;
mod objects;
mod schema;
mod stage;

use jiff::Timestamp;

/// A time in seconds after the beginning of 2026.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + seconds).unwrap()
}
