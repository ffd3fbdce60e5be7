//! Roles and bindings: who is given what.

mod admin_binding;
mod aggregation_label;
mod anonymous_binding;
mod aws_auth_changed;
mod credential_role;
mod default_service_account_binding;
mod escalating_binding;
mod escalation_verbs;
mod exec_role;
mod grant_then_use;
mod node_proxy_role;
mod self_grant;
mod service_account_created;
mod system_role_changed;
mod trail;
mod wildcard_added;
mod wildcard_role;
mod write_role;
mod written_by_service_account;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &admin_binding::RULE,
    &escalating_binding::RULE,
    &anonymous_binding::RULE,
    &default_service_account_binding::RULE,
    &self_grant::RULE,
    &wildcard_role::RULE,
    &wildcard_added::RULE,
    &escalation_verbs::RULE,
    &exec_role::RULE,
    &node_proxy_role::RULE,
    &credential_role::RULE,
    &write_role::RULE,
    &system_role_changed::RULE,
    &aggregation_label::RULE,
    &written_by_service_account::RULE,
    &grant_then_use::RULE,
    &trail::RULE,
    &service_account_created::RULE,
    &aws_auth_changed::RULE,
];
