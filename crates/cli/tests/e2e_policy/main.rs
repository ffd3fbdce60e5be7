//! Policies on a real API server: what it denies, we deny, in the same words; what we generate, it takes; what
//! the webhook refuses never reaches the store, and a killed hub blocks nothing beyond its configuration.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "tests start the program and read what it wrote"
)]

mod expressions;
mod generated;
mod harness;
mod random_objects;
mod tables;
mod webhook;
