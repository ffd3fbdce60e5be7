//! CEL as Kubernetes speaks it: expressions compiled, checked and evaluated within a budget.
//!
//! The grammar is the `cel` crate's. What it parses is compiled once more, into a tree in which names are
//! resolved, so that a misspelt function is an error when a policy is loaded and not when a pod is
//! denied. The evaluator is our own, for three things that the crate's cannot give: values are read in
//! place from our objects, every step is counted against a [`Budget`], and an error knows its line and
//! column.
//!
//! ```text
//!  source ─► cel::Parser ─► compile ─► check ─► Program ─► evaluate(Scope, Budget) ─► Val, or the place that failed
//!                              ▲                      │
//!                         Environment            function/*: one file a library
//! ```

pub mod authorizer;
mod budget;
mod check;
mod compile;
mod error;
mod evaluate;
mod expression;
mod function;
mod value;

pub use budget::Budget;
pub use check::{Record, Type};
pub use compile::Environment;
pub use error::{CompileError, EvaluationError, Place};
pub use evaluate::{Program, Scope};
pub use value::{Map, Struct, Val};
