//! The graph of whole clusters, held against what was planted and against its own promises.

mod planted;
mod promises;
mod secrets;
mod usage;
mod world;
