//! Workload hardening: what a pod may do to its node and its neighbours (`POD`).

mod control_plane_placement;
mod download_and_run;
mod ephemeral_container;
mod host_aliases;
mod instance_metadata;
mod low_group_id;
mod low_user_id;
mod naked_pod;
mod no_linux_hardening;
mod no_security_context;
mod no_user_namespace;
mod node_name_set;
mod privileged_container;
mod reverse_shell;
mod root_group;
mod script;
mod shared_process_namespace;
mod ssh_server;
mod sudo_in_entrypoint;
mod supplementary_root_group;
mod unsandboxed_runtime;
mod vulnerable_sub_path;
mod windows_user;
mod writable_root_filesystem;

use crate::check::Check;

/// The checks of this area, by id.
pub(crate) const CHECKS: &[&Check] = &[
    &privileged_container::CHECK,
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
    &root_group::CHECK,
    &ssh_server::CHECK,
    &supplementary_root_group::CHECK,
    &download_and_run::CHECK,
    &low_group_id::CHECK,
    &reverse_shell::CHECK,
];
