//! What was seen to be used: API calls of an audit log, and flows of a network, as plain facts.
//!
//! The graph says what is possible. A log says what of it anybody needs: a right that no call used is
//! safe to take away, as far as the log goes. Whoever reads logs fills a [`Used`]; [`crate::usage`] holds
//! it against the arcs.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// One kind of API call that was allowed, as authorization sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// The user name, such as `system:serviceaccount:shop:cart`; the impersonated one where one is.
    pub user: String,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The verb.
    pub verb: String,
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource with its subresource, `pods/exec`; empty for a path.
    pub resource: String,
    /// The path of a call that names no resource.
    pub path: String,
    /// The namespace; empty for what is cluster-wide.
    pub namespace: String,
    /// The name; empty where the call names none.
    pub name: String,
}

/// A flow between workloads: namespace and workload name of each end.
pub type Flow = ((String, String), (String, String));

/// How often, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How many times.
    pub times: u64,
    /// When last; `None` where the log gave no time.
    pub last: Option<Timestamp>,
}

impl Seen {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Seen) -> Seen {
        Seen {
            times: self.times.saturating_add(other.times),
            last: self.last.max(other.last),
        }
    }
}

/// At most so many different calls are remembered.
const MOST_CALLS: usize = 200_000;

/// The facts of a log.
#[derive(Debug, Clone, Default)]
pub struct Used {
    calls: BTreeMap<Call, Seen>,
    flows: BTreeMap<Flow, Seen>,
    /// Calls and flows that did not fit.
    dropped: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    reads: bool,
}

impl Used {
    /// No fact yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a call that was allowed.
    pub fn call(&mut self, call: Call, at: Option<Timestamp>) {
        self.within(at);
        self.reads |= is_reading(&call.verb);
        add(&mut self.calls, &mut self.dropped, call, at);
    }

    /// Takes in a flow.
    pub fn flow(&mut self, flow: Flow, at: Option<Timestamp>) {
        self.within(at);
        add(&mut self.flows, &mut self.dropped, flow, at);
    }

    /// Takes in that the log was being written at a time, whatever it says there: an event that is no
    /// use of a right counts for how long the log watched.
    pub fn within(&mut self, at: Option<Timestamp>) {
        let Some(at) = at else { return };
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
    }

    /// The calls.
    pub fn calls(&self) -> impl Iterator<Item = (&Call, Seen)> {
        self.calls.iter().map(|(call, seen)| (call, *seen))
    }

    /// The flows.
    pub fn flows(&self) -> impl Iterator<Item = (&Flow, Seen)> {
        self.flows.iter().map(|(flow, seen)| (flow, *seen))
    }

    /// True when there are calls, and all of them are held: only then is a call that is not here one
    /// that was not made.
    pub fn tells_calls(&self) -> bool {
        !self.calls.is_empty() && self.dropped == 0
    }

    /// True when there are flows, and all of them are held.
    pub fn tells_flows(&self) -> bool {
        !self.flows.is_empty() && self.dropped == 0
    }

    /// True when the log holds any reading call. Many audit policies leave these out; then that none
    /// is seen means nothing.
    pub fn tells_reads(&self) -> bool {
        self.tells_calls() && self.reads
    }

    /// Kinds of calls and flows that did not fit into memory.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How long the log watched, in words: `3 days`, `5 hours`.
    pub fn span(&self) -> String {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            return "an unknown time".to_owned();
        };
        let minutes = (last.as_second() - first.as_second()) / 60;
        let (count, unit) = match minutes {
            0..120 => (minutes.max(1), "minute"),
            120..2880 => (minutes / 60, "hour"),
            _ => (minutes / 1440, "day"),
        };
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural}")
    }
}

/// True for a verb that changes nothing.
pub(crate) fn is_reading(verb: &str) -> bool {
    matches!(verb, "get" | "list" | "watch")
}

fn add<K: Ord>(counts: &mut BTreeMap<K, Seen>, dropped: &mut u64, key: K, at: Option<Timestamp>) {
    let seen = Seen { times: 1, last: at };
    if let Some(known) = counts.get_mut(&key) {
        *known = known.and(seen);
    } else if counts.len() < MOST_CALLS {
        counts.insert(key, seen);
    } else {
        *dropped += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(verb: &str) -> Call {
        Call {
            user: "jane".into(),
            groups: Vec::new(),
            verb: verb.into(),
            group: String::new(),
            resource: "pods".into(),
            path: String::new(),
            namespace: String::new(),
            name: String::new(),
        }
    }

    #[test]
    fn calls_are_counted_and_the_last_time_kept() {
        let mut used = Used::new();
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        used.call(call("create"), at(1_000));
        used.call(call("create"), at(90_000));
        used.call(call("create"), at(50_000));
        let (_, seen) = used.calls().next().unwrap();
        assert_eq!((seen.times, seen.last), (3, at(90_000)));
        assert_eq!(used.span(), "24 hours");
        assert!(used.tells_calls() && !used.tells_reads() && !used.tells_flows());
    }
}
