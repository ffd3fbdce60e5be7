//! The API `/api/v1`: questions to the hub and the few commands people give it.
//!
//! ```text
//!  request ─► dispatch: who asks, may they, is it well formed, has it changed ─► answer (on a thread) ─► JSON
//!
//!  contract   what is asked and answered, in types
//!  operation  one address: words, types, permission
//!  routes     the table of all operations; router and OpenAPI document are both made from it
//!  answer     the answers, plain functions of the question and the state
//!  derived    what is made of a state once and kept
//! ```

mod answer;
mod ask;
pub mod contract;
mod derived;
pub(crate) mod dispatch;
mod fields;
mod layout;
mod openapi;
mod operation;
mod refusal;
mod routes;
pub(crate) mod session;
mod stream;

pub use openapi::{PREFIX, TAGS};
pub use operation::{Method, Operation, Permission};
pub use routes::{openapi, operations};

pub(crate) use derived::{Derivations, owner};
pub(crate) use fields::yaml;
pub(crate) use refusal::quoted;
pub(crate) use routes::router;
