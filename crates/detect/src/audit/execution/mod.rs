//! Execution and lateral movement: into containers and nodes, and what is run.

mod attach_to_container;
mod attack_tool_pod;
mod container_added;
mod daemon_set_created;
mod dashboard_proxy;
mod ephemeral_container;
mod exec_download;
mod exec_in_system_namespace;
mod exec_into_container;
mod exec_into_privileged_pod;
mod exec_reaches_metadata;
mod exec_reads_sensitive_file;
mod exec_reads_token;
mod exec_reverse_shell;
mod exec_shell;
mod files_copied;
mod image_changed_by_hand;
mod miner;
mod naked_pod;
mod node_proxy;
mod node_proxy_command;
mod port_forward;
mod reverse_shell_pod;
mod scheduled_job;
mod scheduler_bypass;

use super::rule::Rule;

/// The rules, by id.
pub(super) const RULES: &[&Rule] = &[
    &exec_into_container::RULE,
    &attach_to_container::RULE,
    &exec_in_system_namespace::RULE,
    &exec_reads_token::RULE,
    &exec_reads_sensitive_file::RULE,
    &exec_reaches_metadata::RULE,
    &exec_reverse_shell::RULE,
    &exec_download::RULE,
    &exec_shell::RULE,
    &files_copied::RULE,
    &exec_into_privileged_pod::RULE,
    &port_forward::RULE,
    &ephemeral_container::RULE,
    &node_proxy::RULE,
    &node_proxy_command::RULE,
    &dashboard_proxy::RULE,
    &reverse_shell_pod::RULE,
    &miner::RULE,
    &attack_tool_pod::RULE,
    &naked_pod::RULE,
    &scheduler_bypass::RULE,
    &scheduled_job::RULE,
    &daemon_set_created::RULE,
    &container_added::RULE,
    &image_changed_by_hand::RULE,
];
