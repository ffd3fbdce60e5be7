//! Who can reach whom in a cluster, as its policies say.
//!
//! [`Reach::of`] reads the workloads and the policies of an Inventory: `NetworkPolicy`,
//! `AdminNetworkPolicy`, `BaselineAdminNetworkPolicy` and `ClusterNetworkPolicy`.
//!
//! ```text
//!  Inventory ─► policies ─► terms that selectors name ─┐
//!           └─► workloads ─► pods ─────────────────────┴─► classes ─┐
//!                            address blocks ─► groups ──────────────┴─► peers ─► rows per direction
//!
//!  connection(s, d) = row of what s may send, at d  ∩  row of what d accepts, at s
//! ```
//!
//! What is assumed where Kubernetes leaves it to the network plugin:
//!
//! - Pods in the node's network are the node: no policy selects them, selectors do not recognise them,
//!   and blocks match them by the node's address. Where that is not known, only a block of all
//!   addresses matches.
//! - `ipBlock` of a `NetworkPolicy` is about addresses outside the cluster, as its documentation
//!   advises; the addresses of pods are not looked up in it. `networks` of administrators' policies
//!   speaks of pods too, as its documentation says, where it covers all addresses of a family.
//! - A pod always reaches itself. Traffic from a pod's own node (probes) is not shown.

mod address;
mod bits;
mod class;
mod connections;
mod decision;
mod diff;
pub mod entry;
mod explain;
mod exposure;
mod interval;
mod pairs;
mod peer;
mod policy;
mod port;
mod reach;
mod stranger;
mod workload;

pub use address::{AddressSet, InvalidBlock};
pub use bits::Bits;
pub use connections::{Connection, Party};
pub use diff::{Change, Difference, Name};
pub use explain::{Decision, Explanation, Reason, Refusal, RuleRef};
pub use exposure::{Exposure, StrangerExposure};
pub use pairs::Destinations;
pub use policy::{
    Action, Direction, Namespaces, Peer, Pods, Policy, PortMatch, Rule, Tier, Unread,
};
pub use port::{InvalidPort, Port, PortSet, Protocol};
pub use reach::{ClassId, Endpoint, GroupId, Reach};
pub use stranger::{Stranger, StrangerId};
pub use workload::{Workload, WorkloadId};
