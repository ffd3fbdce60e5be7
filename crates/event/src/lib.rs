//! What happened in a cluster, as events.
//!
//! [`intake::Intake`] takes the bytes of an audit log, in whatever shape it comes, and hands out
//! [`audit::Event`]s one by one:
//!
//! ```
//! use catseye_event::intake::Intake;
//! use catseye_model::RedactionKey;
//!
//! let log = br#"{"kind":"Event","auditID":"1","verb":"get","user":{"username":"jane"},
//!   "objectRef":{"resource":"secrets","namespace":"shop","name":"db"}}"#;
//! let mut seen = Vec::new();
//! let mut intake = Intake::new(RedactionKey::new([0; 32]));
//! let mut note = |event: &catseye_event::Event<'_>| seen.push(format!("{} {}", event.actor(), event.verb()));
//! intake.feed(log, &mut note);
//! intake.finish(&mut note);
//! assert_eq!(seen, ["user jane get"]);
//! ```

pub mod audit;
pub mod coverage;
pub mod intake;
pub mod render;
pub mod runtime;
pub mod source;

pub use audit::{Actor, Event};
pub use source::{Aspect, Fidelity, Source};
