//! Istio and Linkerd (`MESH`).

mod client_tls;
mod istio;
mod membership;

mod authorization_allows_all;
mod certificate_challenge;
mod claim_route_unauthenticated;
mod destination_tls_off;
mod destination_unverified;
mod egress_unrestricted;
mod envoy_filter;
mod gateway_any_host;
mod gateway_plain_http;
mod gateway_weak_tls;
mod injection_refused;
mod istio_unfixed;
mod linkerd_without_policy;
mod mesh_policy_selects_nothing;
mod mtls_not_strict;
mod namespace_outside_mesh;
mod namespace_without_mtls;
mod policy_outside_mesh;
mod proxy_bypassed;
mod proxy_mismatch;
mod proxy_user_id;
mod service_entry_wildcard;
mod token_not_demanded;
mod virtual_service_any_host;
mod workload_without_authorization;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &mtls_not_strict::CHECK,
    &destination_tls_off::CHECK,
    &workload_without_authorization::CHECK,
    &mesh_policy_selects_nothing::CHECK,
    &virtual_service_any_host::CHECK,
    &token_not_demanded::CHECK,
    &injection_refused::CHECK,
    &proxy_bypassed::CHECK,
    &envoy_filter::CHECK,
    &istio_unfixed::CHECK,
    &egress_unrestricted::CHECK,
    &linkerd_without_policy::CHECK,
    &namespace_without_mtls::CHECK,
    &destination_unverified::CHECK,
    &authorization_allows_all::CHECK,
    &policy_outside_mesh::CHECK,
    &gateway_any_host::CHECK,
    &gateway_plain_http::CHECK,
    &gateway_weak_tls::CHECK,
    &claim_route_unauthenticated::CHECK,
    &namespace_outside_mesh::CHECK,
    &proxy_mismatch::CHECK,
    &proxy_user_id::CHECK,
    &service_entry_wildcard::CHECK,
];
