//! The crate as its users see it: scenarios on hand-written objects, and a naive evaluator beside it.

mod bootstrap;
mod decisions;
mod explained;
mod nodes;
mod permissions;
mod written;
