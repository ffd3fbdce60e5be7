//! By whose hand: the strongest answer that the evidence allows, and how strong it is.
//!
//! ```text
//!  audit          an event's bodies show that it changed the field, or it made the live version
//!  audit-by-time  an event about the object, at the time and with the tool that managedFields name
//!  managed-fields a client's claim: the tool and the time, not the user
//!  unknown        the object does not tell any more
//! ```

use catseye_model::ObjectKey;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::difference::{Class, Difference};
use crate::ledger::{Call, Ledger, hash, overlaps, program};
use crate::owner::{Claim, FORGOTTEN};
use crate::set::ObjectDrift;

/// How an author is known, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    /// The audit log shows the change itself.
    Audit,
    /// The audit log shows a call at that time by that tool.
    AuditByTime,
    /// The client's own word.
    ManagedFields,
    /// Nothing tells.
    Unknown,
}

impl KnownBy {
    /// The word for output.
    pub fn name(self) -> &'static str {
        match self {
            KnownBy::Audit => "audit",
            KnownBy::AuditByTime => "audit-by-time",
            KnownBy::ManagedFields => "managed-fields",
            KnownBy::Unknown => "unknown",
        }
    }
}

/// Who made a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// How strong the answer is.
    pub known_by: KnownBy,
    /// The user, where an audit event names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Who authenticated, where the user was impersonated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impersonated_by: Option<String>,
    /// The pod whose token was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// The tool: the user agent's program, or the manager's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// From where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The audit event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Others that it may have been, where the evidence fits several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// For whom a controller acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
}

impl Attribution {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Attribution {
            known_by: KnownBy::Unknown,
            user: None,
            impersonated_by: None,
            pod: None,
            tool: None,
            address: None,
            time: None,
            event: None,
            others: Vec::new(),
            for_user: None,
        }
    }

    fn of_call(call: &Call, known_by: KnownBy) -> Self {
        Attribution {
            known_by,
            user: Some(call.user.clone()),
            impersonated_by: call.impersonated_by.clone(),
            pod: call.pod.clone(),
            tool: Some(
                call.manager
                    .clone()
                    .unwrap_or_else(|| program(&call.agent).to_owned()),
            )
            .filter(|tool| !tool.is_empty()),
            address: call.address.clone(),
            time: Some(call.time),
            event: Some(call.event.clone()),
            others: Vec::new(),
            for_user: None,
        }
    }

    fn of_claim(claim: &Claim) -> Self {
        if FORGOTTEN.contains(&claim.manager.as_str()) {
            return Attribution::unknown();
        }
        Attribution {
            known_by: KnownBy::ManagedFields,
            tool: Some(claim.manager.clone()),
            time: claim.time,
            ..Attribution::unknown()
        }
    }

    /// The author in a few words: `jane with kubectl-edit`, `some client named kubectl-edit`, `nobody
    /// knows who`.
    pub fn told(&self) -> String {
        let with = |tool: &Option<String>| {
            tool.as_ref()
                .map_or(String::new(), |tool| format!(" with {tool}"))
        };
        match (&self.user, &self.tool) {
            (Some(user), tool) => {
                let mut text = format!("{user}{}", with(tool));
                if let Some(by) = &self.impersonated_by {
                    text = format!("{by} as {text}");
                }
                if let Some(pod) = &self.pod {
                    text = format!("{text} in pod {pod}");
                }
                if let Some(person) = &self.for_user {
                    text = format!("{text} for {person}");
                }
                if !self.others.is_empty() {
                    text = format!("{text}, or {}", self.others.join(" or "));
                }
                text
            }
            (None, Some(tool)) => format!("a client named {tool}"),
            (None, None) => "nobody knows who".to_owned(),
        }
    }
}

/// Answers who made a difference.
pub fn attribute(object: &ObjectDrift, difference: &Difference, ledger: &Ledger) -> Attribution {
    let calls = ledger.calls(&object.key);
    match difference.class {
        Class::Missing => return missing(&object.key, calls, ledger),
        Class::Unmanaged => return unmanaged(object, difference, calls),
        Class::Recreated => {
            let deleted = calls.iter().rev().find(|call| call.verb == "delete");
            return deleted.map_or_else(Attribution::unknown, |call| {
                Attribution::of_call(call, KnownBy::Audit)
            });
        }
        _ => {}
    }
    by_bodies(object, difference, calls)
        .or_else(|| by_time(difference, calls))
        .unwrap_or_else(|| by_claim(difference))
}

/// The last call whose bodies show that it touched the field.
fn by_bodies(object: &ObjectDrift, difference: &Difference, calls: &[Call]) -> Option<Attribution> {
    let path = difference.path.to_string();
    let value = difference.live.as_ref().map(hash);
    for call in calls.iter().rev() {
        let Some(touched) = &call.touched else {
            // A call without bodies may have been the one, unless it made an earlier version than one
            // that we can see into.
            if call.verb != "create" && !call.system {
                return None;
            }
            continue;
        };
        let hit = touched.iter().find(|it| overlaps(&it.path, &path));
        if let Some(hit) = hit {
            let exact = hit.path != path || hit.value.is_none() || hit.value == value;
            let made_live = call.resource_version == object.resource_version;
            let strength = if (exact || made_live) && !call.is_uncertain {
                KnownBy::Audit
            } else {
                KnownBy::AuditByTime
            };
            return Some(Attribution::of_call(call, strength));
        }
    }
    // The only call that is known made the object so.
    let created = calls
        .iter()
        .rev()
        .find(|call| call.verb == "create" || call.touched.is_none())?;
    (calls.len() == 1
        && created.resource_version.is_some()
        && created.resource_version == object.resource_version)
        .then(|| Attribution::of_call(created, KnownBy::Audit))
}

/// Calls at the time and with the tool that a claim names; of a field that is gone, the calls that
/// nobody trusts.
fn by_time(difference: &Difference, calls: &[Call]) -> Option<Attribution> {
    let claim = newest(&difference.owners);
    let mut fitting: Vec<&Call> = Vec::new();
    for call in calls {
        let fits = match claim {
            Some(claim) => {
                claim.time.is_some_and(|time| at(call, time)) && is_manager(&claim.manager, call)
            }
            // Nobody owns what is gone: any later change by hand may have taken it.
            None => !call.system && call.verb != "create",
        };
        if fits {
            fitting.push(call);
        }
    }
    if claim.is_none() {
        // Continuous delivery does not take away what it wants.
        let by_people: Vec<&Call> = fitting
            .iter()
            .copied()
            .filter(|call| !call.user.starts_with("system:"))
            .collect();
        if !by_people.is_empty() {
            fitting = by_people;
        }
    }
    let last = fitting.pop()?;
    let mut attribution = Attribution::of_call(last, KnownBy::AuditByTime);
    for call in fitting.iter().rev() {
        if call.user != last.user && !attribution.others.contains(&call.user) {
            attribution.others.push(call.user.clone());
        }
    }
    Some(attribution)
}

fn newest(owners: &[Claim]) -> Option<&Claim> {
    owners.iter().max_by_key(|claim| claim.time)
}

/// managedFields keep whole seconds.
fn at(call: &Call, time: Timestamp) -> bool {
    let second = SignedDuration::from_secs(1);
    time + second >= call.time && time - second <= call.until
}

pub(crate) fn is_manager(manager: &str, call: &Call) -> bool {
    if let Some(named) = &call.manager {
        return named == manager;
    }
    let program = program(&call.agent);
    manager == program
        || manager
            .strip_prefix(program)
            .is_some_and(|rest| rest.starts_with('-'))
}

fn by_claim(difference: &Difference) -> Attribution {
    newest(&difference.owners).map_or_else(Attribution::unknown, Attribution::of_claim)
}

fn missing(key: &ObjectKey, calls: &[Call], ledger: &Ledger) -> Attribution {
    if let Some(call) = calls.iter().rev().find(|call| call.verb == "delete") {
        return Attribution::of_call(call, KnownBy::Audit);
    }
    // The log of a collection's deletion names no objects.
    match ledger.collections(key).last() {
        Some(call) => Attribution::of_call(call, KnownBy::AuditByTime),
        None => Attribution::unknown(),
    }
}

fn unmanaged(object: &ObjectDrift, difference: &Difference, calls: &[Call]) -> Attribution {
    let is_this =
        |call: &Call| call.uid.is_none() || object.uid.is_none() || call.uid == object.uid;
    // A create, or an apply of what was not there; with a uid it is proven to be this object.
    let made = calls
        .iter()
        .filter(|call| is_this(call))
        .find(|call| call.verb == "create")
        .or_else(|| {
            calls.iter().find(|call| {
                is_this(call)
                    && call.verb == "patch"
                    && object.created.is_some_and(|created| at(call, created))
            })
        });
    let Some(call) = made else {
        let first = difference.owners.iter().min_by_key(|claim| claim.time);
        return first.map_or_else(Attribution::unknown, Attribution::of_claim);
    };
    let known_by = if call.uid.is_some() && call.uid == object.uid {
        KnownBy::Audit
    } else {
        KnownBy::AuditByTime
    };
    Attribution::of_call(call, known_by)
}

/// For whom a controller scaled: whoever last changed its autoscaler or owner a moment before.
pub fn behind(attribution: &mut Attribution, owners: &[ObjectKey], ledger: &Ledger) {
    const MOMENT: SignedDuration = SignedDuration::from_mins(2);
    let (Some(user), Some(time)) = (&attribution.user, attribution.time) else {
        return;
    };
    if !user.starts_with("system:") {
        return;
    }
    for owner in owners {
        let person = ledger.calls(owner).iter().rev().find(|call| {
            !call.system && call.time <= time && time.duration_since(call.time) <= MOMENT
        });
        if let Some(call) = person {
            attribution.for_user = Some(call.user.clone());
            return;
        }
    }
}
