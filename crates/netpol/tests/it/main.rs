//! The evaluator as its users call it: manifests in, answers out.

mod connections;
mod differences;
mod entries;
mod explanations;
mod exposures;
mod fixture;
mod oracle;
