//! Ways out of a container, and into the kernel.

mod bpf_program;
mod io_uring;
mod kernel_hook_written;
mod kernel_module;
mod mount_in_container;
mod node_namespaces_entered;
mod process_memory;
mod runtime_socket;
mod user_namespace;

use super::rule::Rule;

/// The rules of this area, by id.
pub(super) static RULES: &[&Rule] = &[
    &node_namespaces_entered::RULE,
    &kernel_hook_written::RULE,
    &runtime_socket::RULE,
    &mount_in_container::RULE,
    &user_namespace::RULE,
    &kernel_module::RULE,
    &bpf_program::RULE,
    &process_memory::RULE,
    &io_uring::RULE,
];
