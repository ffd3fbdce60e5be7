//! Access: who calls, from where, as whom.

mod anonymised_caller;
mod anonymous_access;
mod anonymous_change;
pub(super) mod attack_tool;
mod authentication_failures;
mod bootstrap_credentials;
mod break_glass;
mod malicious_address;
mod many_user_agents;
mod masters_impersonation;
mod node_misuse;
pub(super) mod offensive_distribution;
mod permission_flapping;
mod privileged_impersonation;
mod script_reads_secrets;
mod stale_token;
mod system_principal_from_internet;
mod token_outside_its_pod;
mod unauthenticated_scan;
mod unusual_uri;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &anonymous_access::RULE,
    &anonymous_change::RULE,
    &unauthenticated_scan::RULE,
    &authentication_failures::RULE,
    &anonymised_caller::RULE,
    &malicious_address::RULE,
    &system_principal_from_internet::RULE,
    &token_outside_its_pod::RULE,
    &stale_token::RULE,
    &offensive_distribution::RULE,
    &attack_tool::RULE,
    &script_reads_secrets::RULE,
    &many_user_agents::RULE,
    &unusual_uri::RULE,
    &privileged_impersonation::RULE,
    &masters_impersonation::RULE,
    &break_glass::RULE,
    &node_misuse::RULE,
    &bootstrap_credentials::RULE,
    &permission_flapping::RULE,
];
