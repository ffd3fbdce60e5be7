//! The comparison as a whole: against naive oracles, and what it must keep quiet about.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test ends where it goes wrong, and reads better so"
)]

mod forged;
mod history;
mod list_map;
mod order;
mod quiet;
mod versions;
