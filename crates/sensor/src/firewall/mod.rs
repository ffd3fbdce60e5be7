//! What workloads may talk to and run, as policies, and the kernel that holds to them.
//!
//! ```text
//!  Policy ─compile─► prefixes with ranges ─► kernel: guards (cgroup → policy), rules, programs
//! ```
//!
//! A policy is a number and rules; a guard puts a cgroup under it, with everything it makes below
//! itself. Policy 0 is the list of addresses that nobody on the node may talk to.

mod compile;
#[cfg(target_os = "linux")]
mod kernel;
mod policy;

pub use compile::{CompileError, Entry, Range, compile};
#[cfg(target_os = "linux")]
pub use kernel::{Firewall, FirewallError, Lease};
pub use policy::{Asked, Policy, Prefix, PrefixError, ProgramRule, Rule};
