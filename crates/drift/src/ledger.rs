//! Who changed which object: a short record of every call that wrote, kept longer than any audit log.
//!
//! A record says who, from where, with what tool, and which fields the call changed, as far as the log
//! shows bodies. It holds no values, only a hash of each, so that "the value that is there now" can be told.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{ObjectKey, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::trust::Trust;

/// How many calls are kept of an object; of the cluster's own the oldest go first, then of all.
const KEPT: usize = 32;

/// A call that wrote an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When the request came.
    pub time: Timestamp,
    /// When it was answered.
    pub until: Timestamp,
    /// `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: String,
    /// The subresource that was written; empty for the object itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subresource: String,
    /// Who the server acted for: the impersonated user where there is one.
    pub user: String,
    /// Who authenticated, where that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonated_by: Option<String>,
    /// The user agent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// The field manager that the request named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// The address that the request says it came from: behind a proxy, the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The pod whose token was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// The audit event.
    pub event: String,
    /// The version that the call made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// The object's uid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// True for the part of the control plane.
    #[serde(default)]
    pub system: bool,
    /// Other calls may have changed some of these fields: nothing shows which version the call changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_uncertain: bool,
    /// The fields that it changed; none where the log shows no bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touched: Option<Vec<Touched>>,
}

impl Call {
    /// True when a person, and no part of the cluster and no service account, made the call.
    pub fn is_by_person(&self) -> bool {
        !self.system && !self.user.starts_with("system:")
    }
}

/// A field that a call changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// The field, as differences write it.
    pub path: String,
    /// A hash of what the call left there; none where it left nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
}

/// The calls that wrote, by object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The form of the file: 1.
    version: u32,
    /// From when on the log was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// By `GROUP/KIND/NAMESPACE/NAME`.
    objects: BTreeMap<String, Vec<Call>>,
    /// Deletions of many at once, by `GROUP/KIND/NAMESPACE`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    collections: BTreeMap<String, Vec<Call>>,
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger {
            version: 1,
            since: None,
            objects: BTreeMap::new(),
            collections: BTreeMap::new(),
        }
    }
}

/// A ledger of another form.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It is no ledger.
    #[error("failed to read the ledger")]
    Unreadable(#[source] serde_json::Error),
    /// A later program wrote it.
    #[error("the ledger has version {0}; this program reads version 1")]
    Version(u32),
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Self {
        Ledger::default()
    }

    /// Reads a ledger file.
    pub fn read(json: &str) -> Result<Self, LedgerError> {
        let ledger: Ledger = serde_json::from_str(json).map_err(LedgerError::Unreadable)?;
        if ledger.version != 1 {
            return Err(LedgerError::Version(ledger.version));
        }
        Ok(ledger)
    }

    /// The ledger as text.
    ///
    /// # Panics
    /// Never: what it holds can be written.
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }

    /// The calls that wrote an object, oldest first.
    pub fn calls(&self, key: &ObjectKey) -> &[Call] {
        self.objects.get(&name_of(key)).map_or(&[], Vec::as_slice)
    }

    /// The deletions of many objects at once that may have taken this one.
    pub fn collections(&self, key: &ObjectKey) -> &[Call] {
        let name = format!("{}/{}/{}", key.group, key.kind, key.namespace);
        self.collections.get(&name).map_or(&[], Vec::as_slice)
    }

    /// From when on calls are known.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// How many objects have calls.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// True when nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Fields that somebody wrote under the name of a controller, by object. Who impersonates the control
    /// plane is not the control plane.
    pub fn forged(&self, trust: &Trust) -> BTreeMap<ObjectKey, BTreeSet<String>> {
        let mut forged: BTreeMap<ObjectKey, BTreeSet<String>> = BTreeMap::new();
        for (name, calls) in &self.objects {
            for call in calls {
                let manager = call
                    .manager
                    .as_deref()
                    .unwrap_or_else(|| program(&call.agent));
                let claim = crate::owner::Claim {
                    manager: manager.to_owned(),
                    operation: String::new(),
                    subresource: String::new(),
                    time: None,
                };
                let is_own = call.impersonated_by.is_none()
                    && (call.system || trust.fits(manager, &call.user));
                if is_own || !trust.knows(&claim) {
                    continue;
                }
                let Some(key) = key_of(name) else {
                    continue;
                };
                let fields = forged.entry(key).or_default();
                match &call.touched {
                    Some(touched) => fields.extend(touched.iter().map(|it| it.path.clone())),
                    // Nobody knows which: all of them.
                    None => {
                        fields.insert(".".to_owned());
                    }
                }
            }
        }
        forged
    }

    /// The objects that people made, as far as the log shows.
    pub fn made_by_people(&self) -> BTreeSet<ObjectKey> {
        let mut made = BTreeSet::new();
        for (name, calls) in &self.objects {
            let by_person = calls.iter().rev().find(|call| call.verb == "create");
            if by_person.is_some_and(Call::is_by_person)
                && let Some(key) = key_of(name)
            {
                made.insert(key);
            }
        }
        made
    }

    /// Forgets objects until at most so many are left: first those that no person wrote, then those that are
    /// gone; of these those that were written longest ago.
    pub fn keep_newest(&mut self, most: usize) {
        if self.objects.len() <= most {
            return;
        }
        let worth = |calls: &Vec<Call>| {
            let last = calls.last();
            (
                calls.iter().any(Call::is_by_person),
                last.is_some_and(|call| call.verb != "delete"),
                last.map(|call| call.time),
            )
        };
        let mut names: Vec<(_, String)> = self
            .objects
            .iter()
            .map(|(name, calls)| (worth(calls), name.clone()))
            .collect();
        names.sort_unstable();
        for (_, name) in &names[..names.len() - most] {
            self.objects.remove(name);
        }
    }

    /// The ledger as it was at a time.
    #[must_use]
    pub fn until(&self, time: Timestamp) -> Self {
        let before = |all: &BTreeMap<String, Vec<Call>>| -> BTreeMap<String, Vec<Call>> {
            let mut kept = BTreeMap::new();
            for (name, calls) in all {
                let calls: Vec<Call> = calls.iter().filter(|it| it.time <= time).cloned().collect();
                if !calls.is_empty() {
                    kept.insert(name.clone(), calls);
                }
            }
            kept
        };
        Ledger {
            version: self.version,
            since: self.since,
            objects: before(&self.objects),
            collections: before(&self.collections),
        }
    }

    pub(crate) fn add_collection(&mut self, key: &ObjectKey, call: Call) {
        let name = format!("{}/{}/{}", key.group, key.kind, key.namespace);
        let calls = self.collections.entry(name).or_default();
        calls.push(call);
        if calls.len() > KEPT {
            calls.remove(0);
        }
    }

    pub(crate) fn add(&mut self, name: String, call: Call) {
        self.since = Some(self.since.map_or(call.time, |since| since.min(call.time)));
        let calls = self.objects.entry(name).or_default();
        // A log that is read twice says nothing new.
        if calls
            .iter()
            .any(|known| known.event == call.event && known.verb == call.verb)
        {
            return;
        }
        let place = calls.partition_point(|known| known.time <= call.time);
        calls.insert(place, call);
        if calls.len() > KEPT {
            // An autoscaler writes all day; a person's call is what somebody will ask for.
            let first = |is_such: &dyn Fn(&Call) -> bool| calls.iter().position(is_such);
            let place = first(&|call| call.system).or_else(|| first(&|call| !call.is_by_person()));
            calls.remove(place.unwrap_or(0));
        }
    }
}

/// The beginning of a user agent, which is the manager's name where the request names none.
pub fn program(agent: &str) -> &str {
    agent.split('/').next().unwrap_or_default()
}

/// The key that [`name_of`] wrote; names hold no slash.
fn key_of(name: &str) -> Option<ObjectKey> {
    let mut parts = name.splitn(4, '/').map(str::to_owned);
    Some(ObjectKey {
        group: parts.next()?,
        kind: parts.next()?,
        namespace: parts.next()?,
        name: parts.next()?,
    })
}

pub(crate) fn name_of(key: &ObjectKey) -> String {
    format!("{}/{}/{}/{}", key.group, key.kind, key.namespace, key.name)
}

/// A hash of a value, for "is it still there".
pub fn hash(value: &Value) -> u64 {
    // FNV-1a over the canonical text: maps are sorted.
    value
        .to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

/// True when one path is the other or stands above it.
pub(crate) fn overlaps(one: &str, other: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    one == "." || other == "." || begins(one, other) || begins(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_ledger_that_was_kept_is_read_again() {
        let empty = Ledger::default();
        assert_eq!(Ledger::read(&empty.written()).unwrap(), empty);
    }

    fn call(second: i64, user: &str, verb: &str) -> Call {
        let time = Timestamp::from_second(second).unwrap();
        Call {
            time,
            until: time,
            verb: verb.to_owned(),
            subresource: String::new(),
            user: user.to_owned(),
            impersonated_by: None,
            agent: String::new(),
            manager: None,
            address: None,
            pod: None,
            event: second.to_string(),
            resource_version: None,
            uid: None,
            system: user.starts_with("system:"),
            is_uncertain: false,
            touched: None,
        }
    }

    #[test]
    fn an_autoscaler_does_not_push_a_person_out() {
        let mut ledger = Ledger::new();
        ledger.add("a".to_owned(), call(1, "jane", "patch"));
        for second in 2..100 {
            let scaler = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
            ledger.add("a".to_owned(), call(second, scaler, "update"));
        }
        let calls = &ledger.objects["a"];
        assert_eq!((calls.len(), calls[0].user.as_str()), (KEPT, "jane"));
        assert_eq!(calls[KEPT - 1].event, "99");
    }

    #[test]
    fn what_no_person_wrote_and_what_is_gone_is_forgotten_first() {
        let mut ledger = Ledger::new();
        ledger.add("old".to_owned(), call(1, "jane", "create"));
        ledger.add("gone".to_owned(), call(2, "jane", "delete"));
        ledger.add("new".to_owned(), call(3, "jane", "create"));
        ledger.add("pod".to_owned(), call(4, "system:kube-scheduler", "create"));
        let names = |ledger: &Ledger| ledger.objects.keys().cloned().collect::<Vec<_>>();
        ledger.keep_newest(3);
        assert_eq!(names(&ledger), ["gone", "new", "old"]);
        ledger.keep_newest(2);
        assert_eq!(names(&ledger), ["new", "old"]);
        ledger.keep_newest(1);
        assert_eq!(names(&ledger), ["new"]);
    }
}
