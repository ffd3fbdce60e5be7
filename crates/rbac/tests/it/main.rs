//! The crate as its users see it: scenarios on hand-written objects, and a naive evaluator beside it.
#![allow(
    clippy::needless_pass_by_value,
    reason = "scenarios pass JSON literals"
)]

mod bootstrap;
mod decisions;
mod explained;
mod nodes;
mod oracle;
mod permissions;
mod random;
mod reference;
mod written;
