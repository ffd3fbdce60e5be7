//! What is started.

mod attack_tool;
mod compiler;
mod download_and_run;
mod drifted_executable;
mod fileless_execution;
mod foreign_alert;
mod killed_by_policy;
mod miner;
mod package_manager;
mod reverse_shell;
mod run_from_writable_place;
mod server_starts_shell;

use super::rule::Rule;

/// The rules of this area, by id.
pub(super) static RULES: &[&Rule] = &[
    &reverse_shell::RULE,
    &server_starts_shell::RULE,
    &drifted_executable::RULE,
    &fileless_execution::RULE,
    &miner::RULE,
    &download_and_run::RULE,
    &package_manager::RULE,
    &compiler::RULE,
    &run_from_writable_place::RULE,
    &attack_tool::RULE,
    &killed_by_policy::RULE,
    &foreign_alert::RULE,
];
