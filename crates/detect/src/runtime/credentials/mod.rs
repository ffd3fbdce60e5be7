//! Tokens, keys, and who uses them.

mod api_server_client;
mod links_to_sensitive_file;
mod metadata_service;
mod sensitive_file;
mod token_read;

use super::rule::Rule;

/// The rules of this area, by id.
pub(super) static RULES: &[&Rule] = &[
    &metadata_service::RULE,
    &token_read::RULE,
    &sensitive_file::RULE,
    &api_server_client::RULE,
    &links_to_sensitive_file::RULE,
];
