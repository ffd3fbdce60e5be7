//! The evaluator as its users call it: manifests in, answers out.

mod connections;
mod fixture;
