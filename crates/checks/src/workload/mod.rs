//! Workload hardening: what a pod may do to its node and its neighbours (`POD`).

mod added_capability;
mod app_armor_override;
mod capabilities_not_dropped;
mod capability_added_back;
mod dangerous_capability;
mod drop_not_spelled_all;
mod host_ipc;
mod host_network;
mod host_path;
mod host_pid;
mod host_port;
mod may_run_as_root;
mod primary_group_unset;
mod privilege_escalation;
mod privileged_container;
mod probe_host;
mod proc_mount;
mod proc_mount_in_user_namespace;
mod raw_sockets;
mod root_user;
mod run_as_non_root_undeclared;
mod runtime_socket;
mod se_linux_override;
mod seccomp_localhost;
mod seccomp_missing;
mod seccomp_unconfined;
mod sensitive_host_path;
mod sys_admin_capability;
mod unsafe_sysctl;
mod volume_type;
mod windows_host_process;
mod writable_host_path;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &privileged_container::CHECK,
    &host_pid::CHECK,
    &host_ipc::CHECK,
    &host_network::CHECK,
    &host_port::CHECK,
    &host_path::CHECK,
    &writable_host_path::CHECK,
    &sensitive_host_path::CHECK,
    &runtime_socket::CHECK,
    &added_capability::CHECK,
    &dangerous_capability::CHECK,
    &capabilities_not_dropped::CHECK,
    &proc_mount::CHECK,
    &seccomp_unconfined::CHECK,
    &seccomp_missing::CHECK,
    &app_armor_override::CHECK,
    &se_linux_override::CHECK,
    &unsafe_sysctl::CHECK,
    &windows_host_process::CHECK,
    &privilege_escalation::CHECK,
    &may_run_as_root::CHECK,
    &root_user::CHECK,
    &volume_type::CHECK,
    &probe_host::CHECK,
    &sys_admin_capability::CHECK,
    &raw_sockets::CHECK,
    &proc_mount_in_user_namespace::CHECK,
    &seccomp_localhost::CHECK,
    &run_as_non_root_undeclared::CHECK,
    &capability_added_back::CHECK,
    &primary_group_unset::CHECK,
    &drop_not_spelled_all::CHECK,
];
