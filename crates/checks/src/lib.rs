//! Placeholder.

pub mod credential;
