//! Exposure and impact: what is opened, taken over, or destroyed.

mod endpoints_written;
mod flow_control_bypassed;
mod ingress_without_tls;
mod mass_delete;
mod namespace_changed;
mod node_changed;
mod node_port;
mod recovery_inhibited;
mod replica_surge;
mod secret_or_config_changed;
mod sensitive_app_exposed;
mod service_hijack;
mod workload_deleted_by_hand;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &node_port::RULE,
    &sensitive_app_exposed::RULE,
    &ingress_without_tls::RULE,
    &service_hijack::RULE,
    &endpoints_written::RULE,
    &namespace_changed::RULE,
    &workload_deleted_by_hand::RULE,
    &mass_delete::RULE,
    &secret_or_config_changed::RULE,
    &recovery_inhibited::RULE,
    &replica_surge::RULE,
    &node_changed::RULE,
    &flow_control_bypassed::RULE,
];
