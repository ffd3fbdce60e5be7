//! The hub on recorded data, through its handle and through its API.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read fixtures, clocks and sockets"
)]

mod api;
mod asked;
mod hostile;
mod incremental;
mod intake;
mod kept;
mod schema;
mod story;
mod stream;
