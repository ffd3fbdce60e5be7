//! The comparison as a whole: against naive oracles, and what it must keep quiet about.

mod forged;
mod list_map;
mod quiet;
mod versions;
