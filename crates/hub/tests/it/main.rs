//! The hub on recorded data: through its handle, and from outside through its API.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests read files, clocks and sockets"
)]

mod admit;
mod alerted;
mod api;
mod asked;
mod drift;
mod full;
mod held;
mod hostile;
mod incremental;
mod intake;
mod kept;
mod killed;
mod ready;
mod resent;
mod schema;
mod sensed;
#[path = "../../../store/tests/it/stage.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the store's tests use more of it"
)]
mod stage;
mod story;
mod stream;
