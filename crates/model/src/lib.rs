//! Kubernetes objects as Catseye judges them.
#![doc = include_str!("../README.md")]

pub mod path;

pub use path::{FieldPath, Step};
