//! Hygiene: namespaces, labels, schema, deprecated APIs, orphaned objects (`HYG`).

use crate::check::Check;

mod absence;
mod api_versions;
mod claim_shared_by_writers;
mod default_namespace;
mod deprecated_service_account_field;
mod duplicate_env;
mod host_path_volume;
mod instance_label_mismatch;
mod labels;
mod mentions;
mod missing_claim;
mod missing_configuration;
mod missing_labels;
mod missing_service_account;
mod namespace_without_limit_range;
mod namespace_without_quota;
mod no_common_labels;
mod orphaned_claim;
mod orphaned_config_map;
mod orphaned_role;
mod orphaned_secret;
mod orphaned_service_account;
mod pod_fields;
mod pod_references;
mod released_volume_keeps_data;
mod retired_api_version;
mod selector_mismatch;
mod storage_class_not_encrypted;
mod storage_encryption;
mod unknown_field;
mod user_workload_in_system_namespace;
mod volume_not_encrypted;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &default_namespace::CHECK,
    &user_workload_in_system_namespace::CHECK,
    &namespace_without_quota::CHECK,
    &missing_labels::CHECK,
    &retired_api_version::CHECK,
    &selector_mismatch::CHECK,
    &volume_not_encrypted::CHECK,
    &orphaned_config_map::CHECK,
    &namespace_without_limit_range::CHECK,
    &no_common_labels::CHECK,
    &instance_label_mismatch::CHECK,
    &duplicate_env::CHECK,
    &deprecated_service_account_field::CHECK,
    &unknown_field::CHECK,
    &storage_class_not_encrypted::CHECK,
    &claim_shared_by_writers::CHECK,
    &host_path_volume::CHECK,
    &released_volume_keeps_data::CHECK,
    &orphaned_secret::CHECK,
    &orphaned_claim::CHECK,
    &orphaned_service_account::CHECK,
    &orphaned_role::CHECK,
    &missing_configuration::CHECK,
    &missing_service_account::CHECK,
    &missing_claim::CHECK,
];
