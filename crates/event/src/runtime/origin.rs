//! Which sensor saw an event, and what it can see at all.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who saw an event.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeSource {
    /// Catseye's own sensor, by BPF.
    #[default]
    Catseye,
    /// Cilium Tetragon.
    Tetragon,
    /// Falco, whose events are judgements already.
    Falco,
    /// Cilium Hubble: flows, and no processes.
    Hubble,
    /// `/proc`, looked at now and then: what is short is missed.
    ProcSampled,
}

impl RuntimeSource {
    /// Every source.
    pub const ALL: [RuntimeSource; 5] = [
        RuntimeSource::Catseye,
        RuntimeSource::Tetragon,
        RuntimeSource::Falco,
        RuntimeSource::Hubble,
        RuntimeSource::ProcSampled,
    ];

    /// The name in output, which is also the one in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            RuntimeSource::Catseye => "catseye",
            RuntimeSource::Tetragon => "tetragon",
            RuntimeSource::Falco => "falco",
            RuntimeSource::Hubble => "hubble",
            RuntimeSource::ProcSampled => "proc-sampled",
        }
    }

    /// True when the absence of an event says something: a sampling source misses what is short.
    pub fn sees_everything(self) -> bool {
        self == RuntimeSource::Catseye
    }
}

impl fmt::Display for RuntimeSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
