//! The committed recordings hold together; no cluster is needed to tell.

mod recordings;
