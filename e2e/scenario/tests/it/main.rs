//! The committed recordings hold together; no cluster is needed to tell.
#![allow(
    clippy::disallowed_methods,
    reason = "tests of files read files; the bans are for pure crates"
)]

mod recordings;
