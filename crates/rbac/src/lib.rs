//! Who can do what: the decisions that the API server's authorizers would make, from an Inventory.
#![doc = include_str!("../README.md")]

mod aggregation;
mod binding;
mod bootstrap;
mod decide;
mod effective;
mod explain;
mod identity;
mod merge;
mod node;
mod permission_set;
mod problem;
mod rbac;
mod request;
mod role;
mod rule;
mod subject;
mod table;
mod token;

pub use binding::{Binding, BindingId, BoundSubject, RoleRef};
pub use decide::{Asked, Bound};
pub use effective::{Effective, Holding};
pub use explain::{Grant, Holder, Reason};
pub use identity::Identity;
pub use merge::{Permission, Scoped};
pub use permission_set::{Names, PermissionSet, SetId};
pub use problem::{Problem, ProblemKind};
pub use rbac::Rbac;
pub use request::{NonResourceRequest, Request, ResourceRequest};
pub use role::{Role, RoleId, RoleKind, RoleRule};
pub use rule::Rule;
pub use subject::{Scope, Subject, SubjectId};
