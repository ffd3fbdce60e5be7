//! The hub from outside: its API over the recorded shop.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests read files, clocks and sockets"
)]

mod api;
mod asked;
mod hostile;
mod intake;
mod schema;
mod stream;
