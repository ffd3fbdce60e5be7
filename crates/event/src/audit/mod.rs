//! Audit events: one [`Event`] a stage of a request, borrowed from the record it was read from.

mod actor;
mod body;
mod entries;
mod event;
mod lenient;
mod object;
mod patch;
pub(crate) mod record;
mod secret_values;
mod text;
mod time;
mod user;

pub(crate) use body::Body;
pub(crate) use entries::FillEntries;

pub use actor::{Actor, ActorKind};
pub use event::{Decision, Event, Level, Place, Stage};
pub use object::{ObjectRef, Status};
pub use text::Text;
pub use time::parse_time;
pub use user::{CloudIdentity, User};
