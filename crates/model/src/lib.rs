//! Kubernetes objects as Catseye judges them.
#![doc = include_str!("../README.md")]

pub mod json;
pub mod path;
pub mod position;
pub mod yaml;

pub use path::{FieldPath, Step};
