//! The questions that a log leaves unanswered, each with what it costs and how to get the answer.

use super::Coverage;
use crate::source::Source;

/// Something that a log cannot show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindSpot {
    /// A permanent word.
    pub id: &'static str,
    /// Whether it is certain.
    pub certainty: Certainty,
    /// What cannot be seen, with the numbers that say so.
    pub what: String,
    /// What goes unnoticed because of it.
    pub hides: &'static str,
    /// What to change.
    pub remedy: &'static str,
}

/// How sure a blind spot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// The log proves it.
    Certain,
    /// Nothing of the kind is in the log: it did not happen, or it is not recorded.
    Possible,
}

impl Certainty {
    /// The word in output.
    pub fn name(self) -> &'static str {
        match self {
            Certainty::Certain => "certain",
            Certainty::Possible => "possible",
        }
    }

    /// For people: whether the log proves it, or only suggests it.
    pub fn words(self) -> &'static str {
        match self {
            Certainty::Certain => "the log shows it",
            Certainty::Possible => "it may be so",
        }
    }
}

/// Every way of being blind, gravest first.
const ALL: [fn(&Coverage) -> Option<BlindSpot>; 13] = [
    secrets_in_the_log,
    pods_without_bodies,
    grants_without_bodies,
    no_secret_reads,
    no_interactive_calls,
    no_refusals,
    no_reads,
    no_decisions,
    no_groups,
    cut_events,
    silence,
    no_times,
    twice_told,
];

pub(super) fn all(coverage: &Coverage) -> Vec<BlindSpot> {
    if coverage.events == 0 {
        return Vec::new();
    }
    ALL.iter().filter_map(|find| find(coverage)).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "it is how every finder ends")]
fn spot(
    id: &'static str,
    certainty: Certainty,
    what: String,
    hides: &'static str,
    remedy: &'static str,
) -> Option<BlindSpot> {
    Some(BlindSpot {
        id,
        certainty,
        what,
        hides,
        remedy,
    })
}

fn secrets_in_the_log(coverage: &Coverage) -> Option<BlindSpot> {
    let count = coverage.calls.secret_bodies;
    if count == 0 {
        return None;
    }
    spot(
        "secrets-in-log",
        Certainty::Certain,
        format!("{count} events carry the body of a Secret, a token or a token review"),
        "nothing; the log itself gives the secrets to everyone who can read it",
        "record secrets, serviceaccounts/token and tokenreviews at level Metadata, and change the secrets that were written",
    )
}

fn pods_without_bodies(coverage: &Coverage) -> Option<BlindSpot> {
    without_bodies(
        "pod-bodies",
        (coverage.calls.pod_writes, coverage.calls.pod_writes_shown),
        "writes to pods and workloads",
        "privileged and host-namespace pods, host paths, foreign images and commands that did not go through admission",
        coverage,
    )
}

fn grants_without_bodies(coverage: &Coverage) -> Option<BlindSpot> {
    without_bodies(
        "grant-bodies",
        (
            coverage.calls.grant_writes,
            coverage.calls.grant_writes_shown,
        ),
        "writes to roles and bindings",
        "who was given which permission: wildcard roles, bindings to cluster-admin, the trail of access changes",
        coverage,
    )
}

fn without_bodies(
    id: &'static str,
    (writes, shown): (u64, u64),
    which: &str,
    hides: &'static str,
    coverage: &Coverage,
) -> Option<BlindSpot> {
    if shown == writes {
        return None;
    }
    let is_managed = coverage.sources.contains_key(&Source::Gke);
    spot(
        id,
        Certainty::Certain,
        format!(
            "{} of {writes} {which} come without the object",
            writes - shown
        ),
        hides,
        if is_managed {
            "GKE writes bodies of writes to the Admin Activity log; check that a log sink does not strip protoPayload.request"
        } else {
            "record create, update and patch at level RequestResponse (see the policy)"
        },
    )
}

fn no_secret_reads(coverage: &Coverage) -> Option<BlindSpot> {
    if coverage.calls.secret_reads > 0 || coverage.calls.reads == 0 {
        return None;
    }
    spot(
        "secret-reads",
        Certainty::Possible,
        "no read of a Secret is in the log".to_owned(),
        "theft of secrets, which is what most attacks are after",
        "record secrets at level Metadata for all verbs",
    )
}

fn no_interactive_calls(coverage: &Coverage) -> Option<BlindSpot> {
    if coverage.calls.interactive > 0 {
        return None;
    }
    spot(
        "interactive",
        Certainty::Possible,
        "no exec, attach, port-forward or proxy call is in the log".to_owned(),
        "shells in containers, and the way through a node's kubelet",
        "record pods/exec, pods/attach, pods/portforward, pods/proxy, services/proxy and nodes/proxy at level Metadata, verbs get and create",
    )
}

fn no_refusals(coverage: &Coverage) -> Option<BlindSpot> {
    if coverage.calls.refused > 0 || coverage.calls.over == 0 {
        return None;
    }
    spot(
        "refusals",
        Certainty::Possible,
        "no refused call (401, 403) is in the log".to_owned(),
        "an intruder trying out what a stolen token may do",
        "do not drop events by their user, and keep the catch-all rule at level Metadata",
    )
}

fn no_reads(coverage: &Coverage) -> Option<BlindSpot> {
    if coverage.calls.reads > 0 {
        return None;
    }
    let has = |source| coverage.sources.contains_key(&source);
    spot(
        "reads",
        Certainty::Certain,
        "no get, list or watch at all is in the log".to_owned(),
        "discovery, theft of secrets and configuration, and what a stolen identity looked at",
        if has(Source::Aks) {
            "collect the category kube-audit: kube-audit-admin leaves reads out"
        } else if has(Source::Gke) {
            "enable Data Access audit logs (ADMIN_READ and DATA_READ) of the Kubernetes Engine API"
        } else {
            "record reads at level Metadata (see the policy)"
        },
    )
}

fn no_decisions(coverage: &Coverage) -> Option<BlindSpot> {
    let calls = &coverage.calls;
    // Requests that fail to authenticate have no decision; most others do.
    if calls.decided * 2 >= calls.over {
        return None;
    }
    spot(
        "decisions",
        Certainty::Certain,
        format!(
            "{} of {} events do not say what authorization decided",
            calls.over - calls.decided,
            calls.over
        ),
        "which binding allowed a call; refusals are judged by the status code alone",
        "pass the annotations on: a shipper or an export took them out",
    )
}

fn no_groups(coverage: &Coverage) -> Option<BlindSpot> {
    let gke = coverage.sources.get(&Source::Gke)?;
    spot(
        "groups",
        Certainty::Certain,
        format!(
            "{} events of GKE do not name the groups of the user, the stage nor the request URI",
            gke.events
        ),
        "calls by system:masters under another name, impersonated groups, the command of an exec",
        "nothing can be done on GKE; give an inventory, from which bindings to groups are known",
    )
}

fn cut_events(coverage: &Coverage) -> Option<BlindSpot> {
    let cut: u64 = coverage.sources.values().map(|source| source.cut).sum();
    let truncated = coverage.calls.truncated;
    if cut + truncated == 0 {
        return None;
    }
    spot(
        "cut-events",
        Certainty::Certain,
        format!(
            "{cut} events were cut by a log store, and {truncated} were shortened by the API server"
        ),
        "the end of the bodies, and often annotations and times",
        "leave out managed fields (omitManagedFields), and bodies of large custom resources; CloudWatch cuts at 256 KB",
    )
}

fn silence(coverage: &Coverage) -> Option<BlindSpot> {
    let (all, with_events) = coverage.minutes();
    let (from, to) = coverage.longest_silence()?;
    let missing = all - with_events;
    // A quiet cluster under a narrow policy may well skip a minute.
    if missing * 20 < all && (to.as_second() - from.as_second()) < 600 {
        return None;
    }
    spot(
        "silence",
        Certainty::Certain,
        format!(
            "nothing was logged in {missing} of {all} minutes; the longest gap is from {from} to {to}"
        ),
        "whatever happened then",
        "look for missing rotations, a full disk, a webhook that was down, or a switched-off log",
    )
}

fn no_times(coverage: &Coverage) -> Option<BlindSpot> {
    if coverage.undated == 0 {
        return None;
    }
    spot(
        "times",
        Certainty::Certain,
        format!("{} events have no time", coverage.undated),
        "bursts, sequences and habits: these events are judged one by one only",
        "pass requestReceivedTimestamp and stageTimestamp on",
    )
}

fn twice_told(coverage: &Coverage) -> Option<BlindSpot> {
    let received = coverage.calls.received_only;
    // A few are left when a log begins within requests.
    if received * 10 < coverage.events {
        return None;
    }
    spot(
        "request-received",
        Certainty::Certain,
        format!(
            "{received} of {} events only say that a request came in",
            coverage.events
        ),
        "nothing; they fill the log, so that what matters is rotated out sooner",
        "omit the stage RequestReceived",
    )
}
