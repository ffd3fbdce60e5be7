//! Services, Ingress, Gateway API and `NetworkPolicy` (`NET`).

pub(crate) mod exposure;
pub(crate) mod image;
mod nginx_controller;
pub(crate) mod operators;
pub(crate) mod pods;
mod policies;
pub(crate) mod services;
pub(crate) mod topology;

mod admin_interface_exposed;
mod cni_without_policies;
mod database_exposed;
mod egress_not_isolated;
mod exposed_to_internet;
mod gateway_backend_missing;
mod gateway_reference_not_granted;
mod ingress_allows_http;
mod ingress_any_host;
mod ingress_backend_missing;
mod ingress_default_backend;
mod ingress_duplicate_route;
mod ingress_not_isolated;
mod ingress_open_to_all;
mod ingress_without_tls;
mod namespace_without_policy;
mod nginx_access_log_off;
mod nginx_annotation_injection;
mod nginx_controller_unfixed;
mod nginx_path_injection;
mod nginx_snippet;
mod nginx_snippets_allowed;
mod pod_without_policy;
mod policy_allows_everything;
mod policy_peer_selects_nothing;
mod policy_selects_nothing;
mod privileged_port;
mod service_external_ips;
mod service_external_name;
mod service_load_balancer_open;
mod service_node_port;
mod service_selects_nothing;
mod service_target_port;
mod ssh_port;

pub(crate) use catseye_netpol::entry::hosts;
// What is read of the ways into a cluster is the same for checks and for reachability.
use catseye_netpol::entry::{gateway, ingress, namespaces, origin as reach};

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &namespace_without_policy::CHECK,
    &pod_without_policy::CHECK,
    &policy_selects_nothing::CHECK,
    &policy_allows_everything::CHECK,
    &cni_without_policies::CHECK,
    &service_node_port::CHECK,
    &service_load_balancer_open::CHECK,
    &service_external_ips::CHECK,
    &service_selects_nothing::CHECK,
    &admin_interface_exposed::CHECK,
    &ingress_without_tls::CHECK,
    &ingress_allows_http::CHECK,
    &ingress_any_host::CHECK,
    &ingress_duplicate_route::CHECK,
    &ingress_default_backend::CHECK,
    &nginx_snippet::CHECK,
    &nginx_annotation_injection::CHECK,
    &nginx_path_injection::CHECK,
    &nginx_controller_unfixed::CHECK,
    &nginx_access_log_off::CHECK,
    &ingress_backend_missing::CHECK,
    &exposed_to_internet::CHECK,
    &ssh_port::CHECK,
    &privileged_port::CHECK,
    &service_external_name::CHECK,
    &ingress_not_isolated::CHECK,
    &egress_not_isolated::CHECK,
    &policy_peer_selects_nothing::CHECK,
    &service_target_port::CHECK,
    &nginx_snippets_allowed::CHECK,
    &ingress_open_to_all::CHECK,
    &gateway_backend_missing::CHECK,
    &gateway_reference_not_granted::CHECK,
    &database_exposed::CHECK,
];
