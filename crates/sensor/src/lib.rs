//! The node sensor: what really runs and talks, told by the kernel itself.
//!
//! ```text
//!  bpf/observe.bpf.c ──two rings──► record ──► narrate ──► RuntimeEvent
//!        │ counts, flows                          ▲
//!        └──maps───────────────► kernel ──────────┘  processes, groups (containers), names, ledger
//!  bpf/firewall.bpf.c ◄──rules── firewall
//! ```
//!
//! The programs are C, compiled once for every processor and committed beside their source
//! (`cargo xtask bpf` compiles them anew). Loading them needs Linux; what their records mean is
//! plain code that any machine runs and tests.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the sensor reads the kernel's files and the clock; the bans are for pure crates"
)]

mod call;
pub mod container;
pub mod dns;
pub mod firewall;
pub mod groups;
#[cfg(test)]
mod layout;
pub mod ledger;
pub mod names;
pub mod narrate;
pub mod processes;
pub mod record;
pub mod transport;

#[cfg(target_os = "linux")]
pub mod kernel;
#[cfg(target_os = "linux")]
pub mod proc;
#[cfg(target_os = "linux")]
pub mod sample;

/// The compiled programs, the same on every processor: they take no registers apart.
pub mod object {
    /// What observes; see `bpf/observe.bpf.c`.
    pub const OBSERVE: &[u8] = include_bytes!("bpf/built/observe.bpf.o");
    /// What refuses; see `bpf/firewall.bpf.c`.
    pub const FIREWALL: &[u8] = include_bytes!("bpf/built/firewall.bpf.o");
}

/// What a policy asks of a workload; the flags of `struct guard` in `bpf/record.h`.
pub mod guard_flag {
    /// Connections that no rule names are refused.
    pub const DENY: u32 = 1;
    /// Executables written after the image are killed.
    pub const UPPER: u32 = 2;
    /// Executables that are in no file system are killed.
    pub const MEMFD: u32 = 4;
    /// Programs that are not listed are killed.
    pub const UNLISTED: u32 = 8;
    /// Told, not done.
    pub const WATCH: u32 = 16;
}
