//! Secrets: in the open, or closer to a process than they need to be (`SEC`).

mod credential_fields;
mod credential_in_annotation;
mod credential_in_command;
mod credential_in_config_map;
mod credential_in_custom_resource;
mod credential_in_environment;
mod disclosure;
#[cfg(test)]
mod redaction;
mod secret_in_manifest;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &credential_in_environment::CHECK,
    &credential_in_config_map::CHECK,
    &credential_in_command::CHECK,
    &credential_in_annotation::CHECK,
    &secret_in_manifest::CHECK,
    &credential_in_custom_resource::CHECK,
];
