//! The API `/api/v1`: questions to the hub and the few commands people give it.
//!
//! ```text
//!  contract   what is asked and answered, in types
//!  operation  one address: words, types, permission
//!  routes     the table of all operations; router and OpenAPI document are both made from it
//! ```

pub mod contract;
mod openapi;
mod operation;
mod routes;

pub use openapi::{PREFIX, TAGS};
pub use operation::{Method, Operation, Permission};
pub use routes::openapi;
