//! What sensors tell: which of it is new, who sends it, and what connections were seen.
//!
//! ```text
//!  batch of a node ─► nodes: is it new? what is missing? ─► rules, profiles ─► incidents
//!                                                       ├─► flows: the observed network
//!                                                       └─► record ─► store
//! ```

mod flows;
mod nodes;
mod record;

pub(crate) use flows::{Flows, Observed};
pub(crate) use nodes::Nodes;
pub use nodes::{LossInterval, SensorCoverage};
pub(crate) use record::{id_of, record};

use catseye_detect::profile::Profiles;
use catseye_detect::runtime::RuntimeRules;
use jiff::Timestamp;

/// What judges the events of sensors, and what it remembers.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) rules: RuntimeRules,
    pub(crate) profiles: Profiles,
    pub(crate) nodes: Nodes,
    /// The version of the world whose pods the rules know, and when they learned them.
    pub(crate) knows: Option<(u64, Timestamp)>,
    /// Profiles or connections are not written as they are now.
    pub(crate) unwritten: bool,
}

impl Judge {
    pub(crate) fn new(rules: RuntimeRules, profiles: Profiles) -> Self {
        Judge {
            rules,
            profiles,
            nodes: Nodes::default(),
            knows: None,
            unwritten: false,
        }
    }
}
