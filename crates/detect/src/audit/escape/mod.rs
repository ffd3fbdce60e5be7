//! Escape: pod specs from which one gets out of the container.

mod admission_violation;
mod control_plane_placement;
mod controller_service_account;
mod dangerous_capability;
mod host_ipc;
mod host_network;
mod host_pid;
mod mirror_pod;
mod node_backed_volume;
mod pod_security_weakened;
mod privilege_escalation_allowed;
mod privileged_container;
mod privileged_service_account;
mod root_user;
mod sensitive_host_path;
mod shared_process_namespace;
mod weakened_isolation;
mod writable_host_path;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &privileged_container::RULE,
    &host_pid::RULE,
    &host_ipc::RULE,
    &host_network::RULE,
    &sensitive_host_path::RULE,
    &writable_host_path::RULE,
    &dangerous_capability::RULE,
    &privilege_escalation_allowed::RULE,
    &root_user::RULE,
    &shared_process_namespace::RULE,
    &weakened_isolation::RULE,
    &node_backed_volume::RULE,
    &control_plane_placement::RULE,
    &controller_service_account::RULE,
    &privileged_service_account::RULE,
    &mirror_pod::RULE,
    &pod_security_weakened::RULE,
    &admission_violation::RULE,
];
