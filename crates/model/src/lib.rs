//! Kubernetes objects as Catseye judges them.
#![doc = include_str!("../README.md")]

pub mod application;
pub mod delta;
pub mod fields;
pub mod finding;
pub mod image;
pub mod inventory;
pub mod json;
pub mod kind;
pub mod object;
pub mod path;
pub mod pod;
pub mod position;
pub mod quantity;
pub mod redact;
pub mod resource;
pub mod selector;
pub mod severity;
pub mod value;
pub mod version;
pub mod yaml;

pub use application::Application;
pub use delta::{Delta, DeltaChange, ObjectKey};
pub use fields::Fields;
pub use finding::{Finding, Place};
pub use image::ImageReference;
pub use inventory::{Completeness, Inventory, ObjectId};
pub use kind::Kind;
pub use object::{FileId, Object, Origin};
pub use path::{FieldPath, Step};
pub use pod::{Container, PodView, Role, Volume};
pub use position::{Outline, Position};
pub use quantity::Quantity;
pub use redact::{RedactionKey, redact};
pub use resource::Resource;
pub use selector::Selector;
pub use severity::Severity;
pub use value::Value;
pub use version::Version;
pub use yaml::{Document, SyntaxError};
