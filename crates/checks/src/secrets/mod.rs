//! Secrets: in the open, or closer to a process than they need to be (`SEC`).

mod api_server_without_encryption;
mod cloud_credentials_mounted;
mod credential_fields;
mod credential_in_annotation;
mod credential_in_command;
mod credential_in_config_map;
mod credential_in_custom_resource;
mod credential_in_environment;
mod default_account_automounts;
mod default_account_cluster_rights;
mod default_account_namespace_rights;
mod default_account_used;
mod disclosure;
mod encryption;
mod encryption_key_on_disk;
mod legacy_token;
#[cfg(test)]
mod redaction;
mod secret_as_environment;
mod secret_in_manifest;
mod secrets_unencrypted;
pub(crate) mod service_account;
mod shared_pull_credentials;
mod token_automounted;
mod token_with_rights_mounted;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &credential_in_environment::CHECK,
    &credential_in_config_map::CHECK,
    &credential_in_command::CHECK,
    &secret_as_environment::CHECK,
    &legacy_token::CHECK,
    &token_automounted::CHECK,
    &default_account_used::CHECK,
    &cloud_credentials_mounted::CHECK,
    &secrets_unencrypted::CHECK,
    &shared_pull_credentials::CHECK,
    &credential_in_annotation::CHECK,
    &secret_in_manifest::CHECK,
    &token_with_rights_mounted::CHECK,
    &default_account_automounts::CHECK,
    &encryption_key_on_disk::CHECK,
    &credential_in_custom_resource::CHECK,
    &default_account_cluster_rights::CHECK,
    &api_server_without_encryption::CHECK,
    &default_account_namespace_rights::CHECK,
];
