//! Rules that users bring: Sigma, Falco and kAudit, read as they are and asked of audit events.
//!
//! ```text
//!  file ─► sigma, falco, kaudit ─► Predicate ─► never (can it be true?) ─► dispatch ─► ask ─► Hit
//!                                                                   correlation ◄───────┘
//! ```
//!
//! Three languages, one [`Predicate`]: what is true of an event does not depend on who asks. A rule that
//! no audit event can fit is refused with the reason, because a rule that never fires looks like peace.

mod correlation;
mod derived;
mod dispatch;
mod engine;
mod falco;
mod field;
mod kaudit;
mod load;
mod network;
mod never;
mod output;
mod path;
mod pattern;
mod place;
mod predicate;
mod problem;
mod raw;
mod rule;
mod sigma;
mod vocabulary;

pub use correlation::{Bound, Correlation, Input, Kind};
pub use derived::{Containers, Derived};
pub use engine::{Count, Engine, Hit};
pub use field::{Field, Side, Who};
pub use kaudit::vocabulary as kaudit_vocabulary;
pub use load::{RuleSet, Source};
pub use network::Network;
pub use output::Output;
pub use path::Path;
pub use pattern::{Pattern, Place};
pub use predicate::{Check, Order, Predicate, Settled, Test, Truth};
pub use problem::{Level, Problem};
pub use rule::{About, Language, Rule};
