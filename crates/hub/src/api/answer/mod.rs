//! The answers, one file an area. Each is a plain function of the question and the state.
#![allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "all answers have one signature, whatever each needs of it"
)]

pub(super) mod admission;
pub(super) mod application;
mod calls;
pub(super) mod change;
pub(super) mod coverage;
pub(super) mod drift;
pub(super) mod event;
pub(super) mod identity;
pub(super) mod incident;
pub(super) mod network;
pub(super) mod object;
mod observed;
pub(super) mod path;
pub(super) mod posture;
pub(super) mod powers;
pub(super) mod search;
pub(super) mod setting;
pub(super) mod timeline;
