//! The one crate that knows the Kubernetes client.
//!
//! ```text
//!  kubeconfig or service account ─► connect ─► discover ─┬► list every kind ─► redact ─► Listing
//!                                      │                 └► watch every kind ─► redact ─► Deltas
//!                                      ├► review: who is this, and may they
//!                                      └► apply: server-side apply of what we own
//! ```
//!
//! Every kind takes one generic path: objects are JSON values, read in `model`. What the API server
//! refuses is no error but [`Gap`]s: a reader with few rights still gets what it may see, and is told
//! what it does not see. Values of Secrets are redacted before anything else gets them.
#![allow(
    clippy::disallowed_methods,
    reason = "an edge crate: what a watch tells carries the time at which it came"
)]

pub mod apply;
mod connect;
mod discover;
mod list;
mod request;
pub mod review;
pub mod secret;
pub mod watch;
pub mod webhook;

pub use connect::{ConnectError, Target, connect, connect_as};
pub use discover::{DiscoverError, Resource, Resources, discover};
pub use kube::Client;
pub use list::{Gap, Listing, Reason, list, visit_secrets};
pub use request::RequestError;
