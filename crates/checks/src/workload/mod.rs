//! Workload hardening: what a pod may do to its node and its neighbours (`POD`).

mod added_capability;
mod app_armor_override;
mod capabilities_not_dropped;
mod capability_added_back;
mod control_plane_placement;
mod dangerous_capability;
mod download_and_run;
mod drop_not_spelled_all;
mod ephemeral_container;
mod host_aliases;
mod host_ipc;
mod host_network;
mod host_path;
mod host_pid;
mod host_port;
mod instance_metadata;
mod low_group_id;
mod low_user_id;
mod may_run_as_root;
mod naked_pod;
mod no_linux_hardening;
mod no_security_context;
mod no_user_namespace;
mod node_name_set;
mod primary_group_unset;
mod privilege_escalation;
mod privileged_container;
mod probe_host;
mod proc_mount;
mod proc_mount_in_user_namespace;
mod raw_sockets;
mod reverse_shell;
mod root_group;
mod root_user;
mod run_as_non_root_undeclared;
mod runtime_socket;
mod script;
mod se_linux_override;
mod seccomp_localhost;
mod seccomp_missing;
mod seccomp_unconfined;
pub(crate) mod sensitive_host_path;
mod shared_process_namespace;
mod ssh_server;
mod sudo_in_entrypoint;
mod supplementary_root_group;
mod sys_admin_capability;
mod unsafe_sysctl;
mod unsandboxed_runtime;
mod volume_type;
mod vulnerable_sub_path;
mod windows_host_process;
mod windows_user;
mod writable_host_path;
mod writable_root_filesystem;

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
    &low_user_id::CHECK,
    &writable_root_filesystem::CHECK,
    &no_security_context::CHECK,
    &no_linux_hardening::CHECK,
    &host_aliases::CHECK,
    &shared_process_namespace::CHECK,
    &no_user_namespace::CHECK,
    &unsandboxed_runtime::CHECK,
    &sudo_in_entrypoint::CHECK,
    &vulnerable_sub_path::CHECK,
    &ephemeral_container::CHECK,
    &control_plane_placement::CHECK,
    &naked_pod::CHECK,
    &instance_metadata::CHECK,
    &node_name_set::CHECK,
    &windows_user::CHECK,
    &sys_admin_capability::CHECK,
    &raw_sockets::CHECK,
    &proc_mount_in_user_namespace::CHECK,
    &seccomp_localhost::CHECK,
    &run_as_non_root_undeclared::CHECK,
    &root_group::CHECK,
    &ssh_server::CHECK,
    &capability_added_back::CHECK,
    &primary_group_unset::CHECK,
    &supplementary_root_group::CHECK,
    &download_and_run::CHECK,
    &drop_not_spelled_all::CHECK,
    &low_group_id::CHECK,
    &reverse_shell::CHECK,
];
