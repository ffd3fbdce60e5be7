//! The attack graph: what an attacker who holds one thing gains next, up to the whole cluster.
//!
//! ```text
//!  Inventory ─┐                 one file an edge kind
//!  Rbac ──────┼─► World ─► edge::ALL ─► Builder ─► Graph ─► solve: reach, cheapest, diverse, required
//!  Reach ─────┘    facts     arcs        joints              │
//!                                                            ├─► paths, blast radius, query
//!                                                            └─► risk, fix first
//! ```
//!
//! Three ideas carry it:
//!
//! - **Joints** ([`node::Node`]): a permission leads to a set, the set to its members, so that no edge
//!   has to be dropped at any size.
//! - **Conjunctions** ([`topology`]): a step that takes two things waits for both, wherever they come
//!   from, so that rights from two bindings, or of two stolen identities, add up.
//! - **Fixes** ([`build::Fix`]): every edge knows the object and field whose change removes it, and the
//!   effect of a fix is the answer without its edges.

#![expect(
    clippy::doc_markdown,
    reason = "the documentation of edge kinds is read by users, as Markdown"
)]

pub mod address;
pub mod analysis;
mod ask;
pub mod authority;
pub mod bits;
pub mod blast;
pub mod build;
pub mod edge;
pub mod fix_first;
mod graph;
pub mod node;
pub mod path;
pub mod query;
pub mod risk;
pub mod sets;
pub mod solve;
pub mod text;
pub mod topology;
pub mod usage;
pub mod used;
pub mod world;

pub use graph::Graph;
pub use node::{Jewel, Label, Node};
pub use world::Config;
