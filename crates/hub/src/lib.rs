//! The running program: live state, judgements as things change, one inbox, and its API.

pub mod api;
