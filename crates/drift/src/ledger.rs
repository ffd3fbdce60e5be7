//! Who changed which object: a short record of every call that wrote, kept longer than any audit log.
//!
//! A record says who, from where, with what tool, and which fields the call changed, as far as the log
//! shows bodies. It holds no values, only a hash of each, so that "the value that is there now" can be told.

use std::collections::{BTreeMap, BTreeSet};

use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_model::kind::Scope;
use catseye_model::{Fields as _, Inventory, Kind, ObjectKey, Resource, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::desired::DesiredState;
use crate::difference::Difference;
use crate::owner::Owners;
use crate::trust::Trust;

/// How many calls are kept of an object; the oldest go first.
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
    /// The fields that it changed; none where the log shows no bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touched: Option<Vec<Touched>>,
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
        Ledger {
            version: 1,
            ..Ledger::default()
        }
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

    fn add(&mut self, name: String, call: Call) {
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
            calls.remove(0);
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

fn name_of(key: &ObjectKey) -> String {
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

/// An object that was not as desired for a while.
#[derive(Debug, Clone)]
pub struct Departure {
    /// The object.
    pub key: ObjectKey,
    /// What differed then.
    pub difference: Difference,
    /// Who did it.
    pub by: Call,
}

/// Reads audit events into a ledger.
pub struct Reader<'r> {
    comparison: Comparison<'r>,
    desired: &'r DesiredState,
    kinds: BTreeMap<(String, String), String>,
    /// What each object was after the last call that showed it.
    last: BTreeMap<String, Value>,
    /// What is learned.
    pub ledger: Ledger,
    /// What differed from desired at some time.
    pub departures: Vec<Departure>,
    /// Writes about objects that are neither desired nor live: counted only.
    pub others: usize,
}

impl<'r> Reader<'r> {
    /// A reader that knows the kinds of the live and the desired objects.
    pub fn new(
        comparison: Comparison<'r>,
        desired: &'r DesiredState,
        live: &Inventory,
        ledger: Ledger,
    ) -> Self {
        let mut named: BTreeSet<(String, String)> = BTreeSet::new();
        for (_, object) in live.objects() {
            named.insert((object.group().to_owned(), object.kind_name().to_owned()));
        }
        for (key, _) in desired.iter() {
            named.insert((key.group.clone(), key.kind.clone()));
        }
        let mut kinds = BTreeMap::new();
        for (group, kind) in named {
            let word = if group.is_empty() {
                kind.clone()
            } else {
                format!("{kind}.{group}")
            };
            for resource in Resource::find(live, &word) {
                if resource.group == group {
                    kinds.insert((group.clone(), resource.name), kind.clone());
                    break;
                }
            }
        }
        Reader {
            comparison,
            desired,
            kinds,
            last: BTreeMap::new(),
            ledger,
            departures: Vec::new(),
            others: 0,
        }
    }

    /// Reads one event; what did not write, failed or was a dry run leaves nothing.
    pub fn observe(&mut self, event: &Event<'_>) {
        let writes = matches!(
            event.verb(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        );
        if !writes
            || event.stage() != Stage::ResponseComplete
            || !event.succeeded()
            || event.request_uri().contains("dryRun=")
        {
            return;
        }
        let changes_object = matches!(
            event.subresource(),
            "" | "scale" | "ephemeralcontainers" | "resize" | "binding" | "finalize"
        );
        if !changes_object {
            self.pass(event);
            return;
        }
        let resource = (event.api_group().to_owned(), event.resource().to_owned());
        let Some(kind) = self.kinds.get(&resource) else {
            self.others += 1;
            return;
        };
        // The log names a namespace's own name as its namespace, too.
        let is_cluster_wide = Kind::of(&resource.0, kind).scope() == Some(Scope::Cluster);
        let namespace = if is_cluster_wide {
            ""
        } else {
            event.namespace()
        };
        let key = ObjectKey {
            group: resource.0,
            kind: kind.clone(),
            namespace: namespace.to_owned(),
            name: event.name().to_owned(),
        };
        let Some(mut call) = call(event) else {
            self.others += 1;
            return;
        };
        if call.verb == "deletecollection" {
            let name = format!("{}/{}/{}", key.group, key.kind, key.namespace);
            self.ledger.collections.entry(name).or_default().push(call);
            return;
        }
        let name = name_of(&key);
        let is_object = event.subresource().is_empty();
        let body = event.response_body().filter(|body| {
            is_object && body.text("kind") == Some(key.kind.as_str()) && body.has("metadata")
        });
        if call.verb == "delete" {
            self.last.remove(&name);
        } else if let Some(body) = body {
            let before = self.last.insert(name.clone(), body.clone());
            call.touched = before.and_then(|before| self.touched(&before, body));
            self.departed(&key, body, &call);
        }
        if call.touched.is_none() && event.subresource() == "scale" {
            let count = event
                .response_body()
                .or_else(|| event.request_body())
                .map(|scale| scale.at("spec.replicas").clone())
                .filter(|count| !count.is_null());
            if let (Some(count), Some(last)) = (&count, self.last.get_mut(&name)) {
                // The answer is a Scale, but it is the object that changed.
                last.update("spec", |spec| spec.set("replicas", count.clone()));
            }
            call.touched = count.map(|count| {
                vec![Touched {
                    path: "spec.replicas".to_owned(),
                    value: Some(hash(&count)),
                }]
            });
        }
        if call.touched.is_none() && call.verb == "patch" {
            call.touched = event.request_body().and_then(sent);
        }
        self.ledger.add(name, call);
    }

    /// A controller writes annotations together with the status: no change of its own, but what is there
    /// when the next one comes.
    fn pass(&mut self, event: &Event<'_>) {
        let resource = (event.api_group().to_owned(), event.resource().to_owned());
        if event.subresource() != "status" {
            return;
        }
        let (Some(kind), Some(body)) = (self.kinds.get(&resource), event.response_body()) else {
            return;
        };
        let key = ObjectKey {
            group: resource.0,
            kind: kind.clone(),
            namespace: event.namespace().to_owned(),
            name: event.name().to_owned(),
        };
        if let Some(last) = self.last.get_mut(&name_of(&key))
            && body.text("kind") == Some(key.kind.as_str())
        {
            *last = body.clone();
        }
    }

    /// The fields that differ; none where the two were written in versions that cannot be compared.
    fn touched(&self, before: &Value, after: &Value) -> Option<Vec<Touched>> {
        let nobody = Owners::of(&Value::Null);
        // Who reads a difference of two states wants all of it: nobody is trusted, nothing is learned.
        let (trust, ranges, mutations) = Default::default();
        let plain = Comparison {
            schemas: self.comparison.schemas,
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let (compared, _) = plain.walk(before, after, &nobody, None);
        if compared.other_version {
            return None;
        }
        let touched = compared.differences.into_iter().map(|it| Touched {
            path: it.path.to_string(),
            value: it.live.as_ref().map(hash),
        });
        Some(touched.collect())
    }

    /// Notes what differs from desired after a call of somebody.
    fn departed(&mut self, key: &ObjectKey, body: &Value, call: &Call) {
        let Some(wanted) = self.desired.get(key) else {
            return;
        };
        if call.system {
            return;
        }
        let compared = self.comparison.compare(wanted.object.value(), body);
        for difference in compared.differences {
            let did_it = call.touched.as_ref().is_none_or(|touched| {
                let path = difference.path.to_string();
                touched.iter().any(|it| overlaps(&it.path, &path))
            });
            if did_it && difference.class.is_difference() {
                self.departures.push(Departure {
                    key: key.clone(),
                    difference,
                    by: call.clone(),
                });
            }
        }
    }
}

/// True when one path is the other or stands above it.
pub(crate) fn overlaps(one: &str, other: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    one == "." || other == "." || begins(one, other) || begins(other, one)
}

fn call(event: &Event<'_>) -> Option<Call> {
    let time = event.received_at().or(event.staged_at())?;
    let user = event.effective_user();
    let body = event.response_body();
    let metadata = |field: &str| body.and_then(|body| body.text(field)).map(str::to_owned);
    let object = event.object();
    Some(Call {
        time,
        until: event.staged_at().unwrap_or(time),
        verb: event.verb().to_owned(),
        subresource: event.subresource().to_owned(),
        user: user.actor().username().into_owned(),
        impersonated_by: event
            .impersonated_user()
            .map(|_| event.user().username.to_string()),
        agent: event.user_agent().to_owned(),
        manager: parameter(event.request_uri(), "fieldManager"),
        address: event.claimed_ip().map(str::to_owned),
        pod: user.token_pod().map(str::to_owned),
        event: event.audit_id().to_owned(),
        resource_version: metadata("metadata.resourceVersion"),
        uid: metadata("metadata.uid").or_else(|| {
            object
                .map(|object| object.uid.to_string())
                .filter(|uid| !uid.is_empty())
        }),
        system: user.actor().is_system(),
        touched: None,
    })
}

/// A parameter of a URL, its most usual escapes undone.
fn parameter(uri: &str, name: &str) -> Option<String> {
    let (_, query) = uri.split_once('?')?;
    let value = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    })?;
    Some(
        value
            .replace('+', " ")
            .replace("%20", " ")
            .replace("%2F", "/"),
    )
}

/// The fields that a patch names: those of a merge or an apply patch, or of a JSON patch.
fn sent(body: &Value) -> Option<Vec<Touched>> {
    let mut touched = Vec::new();
    match body {
        Value::Array(operations) => {
            for operation in operations {
                let fields: Vec<String> = operation
                    .text("path")?
                    .split('/')
                    .skip(1)
                    .map(|step| step.replace("~1", "/").replace("~0", "~"))
                    .collect();
                let mut path = crate::Path::root();
                for field in fields {
                    match field.parse::<usize>() {
                        // Which member that was cannot be told: the list was touched.
                        Ok(_) => break,
                        Err(_) if field == "-" => break,
                        Err(_) => path = path.field(&field),
                    }
                }
                touched.push(Touched {
                    path: path.to_string(),
                    value: None,
                });
            }
        }
        Value::Object(_) => leaves(body, &mut crate::Path::root(), &mut touched),
        _ => return None,
    }
    Some(touched)
}

fn leaves(value: &Value, path: &mut crate::Path, into: &mut Vec<Touched>) {
    use crate::path::Step;
    use catseye_model::value::text;
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, below) in map {
                if name.starts_with('$')
                    || (path.steps().is_empty() && matches!(name.as_str(), "apiVersion" | "kind"))
                {
                    continue;
                }
                path.0.push(Step::Field(name.clone()));
                leaves(below, path, into);
                path.0.pop();
            }
        }
        Value::Array(list)
            if list.iter().all(|member| member.text("name").is_some()) && !list.is_empty() =>
        {
            for member in list {
                path.0
                    .push(Step::Keyed(vec![(text("name"), member.at("name").clone())]));
                leaves(member, path, into);
                path.0.pop();
            }
        }
        _ => into.push(Touched {
            path: path.to_string(),
            value: (!value.is_null()).then(|| hash(value)),
        }),
    }
}
