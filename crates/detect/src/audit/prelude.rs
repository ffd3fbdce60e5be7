//! What the file of a rule needs.

pub(crate) use catseye_event::Actor;
pub(crate) use catseye_model::Value;
pub(crate) use catseye_model::{Fields as _, Kind, PodView, Severity};

pub(crate) use super::address::is_public;
pub(crate) use super::call::{Call, is_built_in_controller, is_system_namespace};
pub(crate) use super::certificate::names_in_request;
pub(crate) use super::client::{family, is_kubectl, is_script};
pub(crate) use super::command::Command;
pub(crate) use super::found::Found;
pub(crate) use super::grants::{PolicyRule, Subject, admin_binding_of, rules_of, subjects_of};
pub(crate) use super::memory::Window;
pub(crate) use super::rule::detection;
pub(crate) use super::verbs::{ALTER, CHANGE, CREATE, DELETE, GET, PATCH};
