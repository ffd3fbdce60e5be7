//! Admission webhooks and policies, Pod Security labels, CRDs and API services (`ADM`).

mod admission_policy_fails_open;
mod admission_policy_missing;
mod admission_policy_not_denying;
mod admission_policy_unbound;
mod ambiguous_repository;
mod apiservice_skips_tls;
mod crd_conversion_webhook;
mod crd_without_schema;
mod namespace_not_restricted;
mod namespace_without_pod_security;
mod pod_security;
mod pod_security_exemption;
mod policy_engine;
mod policy_exception_too_wide;
mod policy_reports_only;
mod unknown_webhook;
mod validating_policy;
mod webhook;
mod webhook_backend_missing;
mod webhook_blocks_cluster;
mod webhook_external_url;
mod webhook_fails_open;
mod webhook_slow;
mod webhook_too_wide;
mod webhook_without_ca;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &unknown_webhook::CHECK,
    &webhook_fails_open::CHECK,
    &webhook_backend_missing::CHECK,
    &admission_policy_unbound::CHECK,
    &namespace_without_pod_security::CHECK,
    &crd_without_schema::CHECK,
    &policy_reports_only::CHECK,
    &apiservice_skips_tls::CHECK,
    &webhook_blocks_cluster::CHECK,
    &webhook_external_url::CHECK,
    &webhook_without_ca::CHECK,
    &webhook_slow::CHECK,
    &webhook_too_wide::CHECK,
    &admission_policy_fails_open::CHECK,
    &admission_policy_not_denying::CHECK,
    &admission_policy_missing::CHECK,
    &namespace_not_restricted::CHECK,
    &pod_security_exemption::CHECK,
    &crd_conversion_webhook::CHECK,
    &policy_exception_too_wide::CHECK,
    &ambiguous_repository::CHECK,
];
