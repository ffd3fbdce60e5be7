//! Credentials: secrets, tokens, certificates.

mod all_secrets_listed;
mod approval_forbidden;
mod azure_arc_proxy;
mod certificate_approved;
mod certificate_request_deleted;
mod certificate_self_approved;
mod client_certificate_request;
mod cloud_identity_changed;
mod config_map_credential;
mod foreign_token;
mod helm_release_read;
mod long_lived_token;
mod many_secrets_read;
mod node_reads_secret;
mod privileged_certificate_request;
mod privileged_token;
mod secret_access_denied;
mod secrets_watched;
mod system_secrets_listed;
mod token_minted;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &all_secrets_listed::RULE,
    &system_secrets_listed::RULE,
    &many_secrets_read::RULE,
    &secret_access_denied::RULE,
    &node_reads_secret::RULE,
    &secrets_watched::RULE,
    &helm_release_read::RULE,
    &token_minted::RULE,
    &long_lived_token::RULE,
    &privileged_token::RULE,
    &privileged_certificate_request::RULE,
    &client_certificate_request::RULE,
    &certificate_approved::RULE,
    &certificate_self_approved::RULE,
    &approval_forbidden::RULE,
    &certificate_request_deleted::RULE,
    &config_map_credential::RULE,
    &azure_arc_proxy::RULE,
    &cloud_identity_changed::RULE,
    &foreign_token::RULE,
];
