//! Roles and bindings (`RBA`): who holds which power, judged on what RBAC really grants.
//!
//! Most checks are a [`Power`](grants::Power): verbs on resources that few should hold. They judge
//! bindings, not roles, because a role that nobody holds gives nothing; they name every subject with
//! the rule that grants; and they pass over what every cluster has by itself, but not what people
//! bind to it. A role that allows everything is one finding (`RBA-001`), not twenty.

mod grants;

mod add_ephemeral_containers;
mod anonymous_bound;
mod approve_certificates;
mod aws_auth_writable;
mod binding_grants_nothing;
mod cluster_admin_bound;
mod create_persistent_volumes;
mod create_workloads;
mod delete_events;
mod delete_in_bulk;
mod dns_config_writable;
mod edit_grants_endpoints;
mod escalate_or_bind;
mod everyone_bound;
mod exec_into_pods;
mod impersonate;
mod masters_bound;
mod nodes_proxy;
mod operator_overreach;
mod read_secrets;
mod request_tokens;
mod wildcard_rule;
pub(crate) mod workload_takes_over;
mod write_networking;
mod write_nodes;
mod write_rbac;
mod write_service_status;
mod write_webhooks;

use crate::check::Check;
use grants::Power;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &cluster_admin_bound::CHECK,
    &wildcard_rule::CHECK,
    &read_secrets::CHECK,
    &create_workloads::CHECK,
    &exec_into_pods::CHECK,
    &escalate_or_bind::CHECK,
    &impersonate::CHECK,
    &nodes_proxy::CHECK,
    &approve_certificates::CHECK,
    &write_webhooks::CHECK,
    &request_tokens::CHECK,
    &create_persistent_volumes::CHECK,
    &write_rbac::CHECK,
    &anonymous_bound::CHECK,
    &everyone_bound::CHECK,
    &masters_bound::CHECK,
    &dns_config_writable::CHECK,
    &aws_auth_writable::CHECK,
    &delete_events::CHECK,
    &delete_in_bulk::CHECK,
    &write_service_status::CHECK,
    &write_networking::CHECK,
    &write_nodes::CHECK,
    &edit_grants_endpoints::CHECK,
    &add_ephemeral_containers::CHECK,
    &workload_takes_over::CHECK,
    &binding_grants_nothing::CHECK,
    &operator_overreach::CHECK,
];

/// Powers over other people's workloads or over the cluster, the worst first.
const TAKEOVER: &[&Power] = &[
    &escalate_or_bind::POWER,
    &impersonate::POWER,
    &nodes_proxy::POWER,
    &write_webhooks::POWER,
    &read_secrets::POWER,
    &request_tokens::POWER,
    &exec_into_pods::POWER,
    &create_workloads::POWER,
    &write_rbac::POWER,
    &add_ephemeral_containers::POWER,
];

/// Every power that the index looks for.
const POWERS: &[&Power] = &[
    &escalate_or_bind::POWER,
    &impersonate::POWER,
    &nodes_proxy::POWER,
    &write_webhooks::POWER,
    &read_secrets::POWER,
    &request_tokens::POWER,
    &exec_into_pods::POWER,
    &create_workloads::POWER,
    &write_rbac::POWER,
    &add_ephemeral_containers::POWER,
    &approve_certificates::POWER,
    &create_persistent_volumes::POWER,
    &delete_events::POWER,
    &delete_in_bulk::POWER,
    &exec_into_pods::BEFORE_1_35,
    &write_networking::POWER,
    &write_nodes::POWER,
    &write_service_status::POWER,
];
