//! The network map: who was seen talking to whom, what policies say of it, and policies made from it.
//!
//! ```text
//!  runtime events ─► parties ─► FlowMap (edges with counts) ─┬─► observed against allowed
//!  Inventory ──────► (Service addresses, pods, names)        ├─► NetworkPolicies, egress contract
//!                                                            └─► proof: which observed flows would break
//! ```
//!
//! A Service's address stands for the workloads behind it, at the port that their pods have. What is
//! said of an edge is said by the policies' own evaluator, [`catseye_netpol`].

mod judge;
mod map;
mod party;
mod policy;
mod proof;
mod yaml;

pub use judge::{Judged, Standing, Unused};
pub use map::{Edge, FlowMap, Limits};
pub use party::{Parties, Party};
pub use policy::{External, Generated, Options, generate};
pub use proof::{Broken, Proof, prove};
pub use yaml::to_yaml;
