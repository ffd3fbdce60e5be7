//! The hub on recorded data, through its handle.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests read fixtures"
)]

mod incremental;
mod kept;
mod story;
