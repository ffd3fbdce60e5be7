//! What the file of a rule needs.

pub(crate) use catseye_event::runtime::{
    Activity, Direction, FileOperation, FileOrigin, MountOperation, Verdict,
};
pub(crate) use catseye_model::Severity;

pub(crate) use super::places;
pub(crate) use super::programs;
pub(crate) use super::rule::runtime_rule;
pub(crate) use super::scene::Scene;
pub(crate) use crate::audit::address::is_public;
pub(crate) use crate::audit::found::Found;
pub(crate) use crate::audit::memory::Window;
