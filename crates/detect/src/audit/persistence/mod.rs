//! Persistence and evasion: staying, and not being seen.

mod api_extended;
mod dns_changed;
mod events_deleted;
mod lease_taken;
mod managed_object_edited;
mod masquerading_name;
mod pod_in_default_namespace;
mod pod_in_system_namespace;
mod policy_removed;
mod security_agent_removed;
mod webhook_changed;
mod webhook_weakened;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &webhook_changed::RULE,
    &webhook_weakened::RULE,
    &policy_removed::RULE,
    &events_deleted::RULE,
    &dns_changed::RULE,
    &security_agent_removed::RULE,
    &pod_in_system_namespace::RULE,
    &pod_in_default_namespace::RULE,
    &masquerading_name::RULE,
    &api_extended::RULE,
    &lease_taken::RULE,
    &managed_object_edited::RULE,
];
