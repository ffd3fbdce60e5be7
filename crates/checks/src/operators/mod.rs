//! Operators, delivery and the resources that they read (`OPR`).

mod argo_default_project;
mod argo_exec_enabled;
mod argo_open_access;
mod argo_project_too_wide;
mod argo_server_insecure;
mod argo_settings;
mod certificate_too_long;
mod certificate_wildcard;
mod cluster_issuer_open;
mod custom_field;
mod dashboard_login_skipped;
mod database_trusts_network;
mod flux_cross_namespace;
mod flux_plain_source;
mod flux_unverified_source;
mod image_version;
mod monitor_scrapes_openly;
mod monitor_selects_nothing;
mod operator_auth_off;
mod operator_tls_off;
mod scrape;
mod secret_store_open;
mod tekton;
mod tekton_privileged;
mod tekton_unpinned_bundle;
mod tiller;
mod tiller_service;
mod vulnerable_operator;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &operator_tls_off::CHECK,
    &monitor_scrapes_openly::CHECK,
    &argo_default_project::CHECK,
    &flux_cross_namespace::CHECK,
    &certificate_too_long::CHECK,
    &tekton_privileged::CHECK,
    &secret_store_open::CHECK,
    &tiller::CHECK,
    &vulnerable_operator::CHECK,
    &operator_auth_off::CHECK,
    &database_trusts_network::CHECK,
    &monitor_selects_nothing::CHECK,
    &argo_project_too_wide::CHECK,
    &argo_exec_enabled::CHECK,
    &argo_open_access::CHECK,
    &argo_server_insecure::CHECK,
    &flux_unverified_source::CHECK,
    &flux_plain_source::CHECK,
    &certificate_wildcard::CHECK,
    &cluster_issuer_open::CHECK,
    &tekton_unpinned_bundle::CHECK,
    &tiller_service::CHECK,
    &dashboard_login_skipped::CHECK,
];
