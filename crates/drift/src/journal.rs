//! Reads audit events into a ledger.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use catseye_event::Event;
use catseye_event::audit::Stage;
use catseye_model::kind::Scope;
use catseye_model::{Fields as _, Inventory, Kind, ObjectKey, Resource, Value};

use crate::compare::Comparison;
use crate::delivery::is_release;
use crate::desired::DesiredState;
use crate::difference::Difference;
use crate::ledger::{Call, Ledger, Touched, hash, name_of, overlaps};
use crate::mutation::Mutations;
use crate::owner::Owners;
use crate::scaling::Ranges;
use crate::schema::Schemas;
use crate::trust::Trust;

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

/// A call that wrote, as the log shows it.
#[derive(Debug, Clone)]
pub struct Written {
    /// The object.
    pub key: ObjectKey,
    /// The call; it is in the ledger, too.
    pub call: Call,
    /// The object as the answer shows it.
    pub body: Option<Value>,
}

/// A ledger that is being written, and what is needed for it: owned, so that a running program can keep it.
#[derive(Debug, Default)]
pub struct Journal {
    /// Kinds by group and plural name.
    kinds: BTreeMap<(String, String), String>,
    /// What each object was after the last call that showed it.
    last: BTreeMap<String, Value>,
    /// The names in `last`, the oldest first.
    order: VecDeque<String>,
    /// How many objects `last` holds at most; 0 for no limit.
    most: usize,
    /// What is learned.
    pub ledger: Ledger,
    /// Writes about kinds that are not known: counted only.
    pub others: usize,
}

impl Journal {
    /// A journal that goes on with a ledger, and remembers at most so many objects' bodies (0 for all) to
    /// tell what a call changed.
    pub fn new(ledger: Ledger, most: usize) -> Self {
        Journal {
            most,
            ledger,
            ..Journal::default()
        }
    }

    /// Learns the kinds of live and desired objects: the log names them by their plural.
    pub fn know<'o>(
        &mut self,
        live: &Inventory,
        kinds: impl IntoIterator<Item = (&'o str, &'o str)>,
    ) {
        let named: BTreeSet<(&str, &str)> = kinds.into_iter().collect();
        let known: BTreeSet<(String, String)> = self
            .kinds
            .iter()
            .map(|((group, _), kind)| (group.clone(), kind.clone()))
            .collect();
        for (group, kind) in named {
            if known.contains(&(group.to_owned(), kind.to_owned())) {
                continue;
            }
            let word = if group.is_empty() {
                kind.to_owned()
            } else {
                format!("{kind}.{group}")
            };
            for resource in Resource::find(live, &word) {
                if resource.group == group {
                    self.kinds
                        .insert((group.to_owned(), resource.name), kind.to_owned());
                    break;
                }
            }
        }
    }

    /// Remembers a body, and gives the one before. The logs of several API servers come in any order: what
    /// is older than what is known is none that came before anything.
    fn remember(&mut self, name: &str, body: &Value) -> Option<Value> {
        let known = self.last.get(name).and_then(version_of);
        if let (Some(known), Some(new)) = (known, version_of(body))
            && new < known
        {
            return None;
        }
        let before = self.last.insert(name.to_owned(), body.clone());
        if before.is_none() && self.most > 0 {
            self.order.push_back(name.to_owned());
            if self.order.len() > self.most
                && let Some(oldest) = self.order.pop_front()
            {
                self.last.remove(&oldest);
            }
        }
        before
    }

    /// Reads one event; what did not write, failed or was a dry run leaves nothing.
    pub fn observe(&mut self, schemas: &Schemas, event: &Event<'_>) -> Option<Written> {
        let writes = matches!(
            event.verb(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        );
        if !writes
            || event.stage() != Stage::ResponseComplete
            || !event.succeeded()
            || event.request_uri().contains("dryRun=")
        {
            return None;
        }
        let changes_object = matches!(
            event.subresource(),
            "" | "scale" | "ephemeralcontainers" | "resize" | "binding" | "finalize"
        );
        if !changes_object {
            self.pass(event);
            return None;
        }
        let resource = (event.api_group().to_owned(), event.resource().to_owned());
        let Some(kind) = self.kinds.get(&resource) else {
            self.others += 1;
            return None;
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
            return None;
        };
        if call.verb == "deletecollection" {
            self.ledger.add_collection(&key, call);
            return None;
        }
        let name = name_of(&key);
        let is_object = event.subresource().is_empty();
        let body = event
            .response_body()
            .filter(|body| {
                is_object && body.text("kind") == Some(key.kind.as_str()) && body.has("metadata")
            })
            .cloned();
        if call.verb == "delete" {
            self.last.remove(&name);
            self.order.retain(|known| *known != name);
        } else if let Some(body) = &body
            && let Some(before) = self.remember(&name, body)
        {
            call.touched = touched(schemas, &before, body);
            narrow(&mut call, event.request_body(), &before);
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
                if let Some(version) = &call.resource_version {
                    last.update("metadata", |metadata| {
                        metadata.set("resourceVersion", version.as_str().into());
                    });
                }
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
        self.ledger.add(name, call.clone());
        Some(Written { key, call, body })
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
            && version_of(body) >= version_of(last)
        {
            *last = body.clone();
        }
    }
}

/// The version of an object as a number, which it is on every API server there is.
fn version_of(object: &Value) -> Option<u128> {
    object.text("metadata.resourceVersion")?.parse().ok()
}

/// Leaves of what differs what the call itself can have changed: between the body that was seen before and
/// this one, others may have written. A patch says what it touches; an update says which version it changed.
fn narrow(call: &mut Call, request: Option<&Value>, before: &Value) {
    let Some(touched) = &mut call.touched else {
        return;
    };
    match (call.verb.as_str(), request) {
        ("patch", Some(request)) => {
            let Some(sent) = sent(request) else {
                call.is_uncertain = true;
                return;
            };
            // What an apply does not name any more it takes away.
            let is_apply = request.has("apiVersion") && request.has("kind");
            touched.retain(|it| {
                (is_apply && it.value.is_none())
                    || sent.iter().any(|sent| may_touch(&sent.path, &it.path))
            });
        }
        ("update", Some(request)) => {
            let base = version_of(request);
            call.is_uncertain = base.is_none() || base != version_of(before);
        }
        _ => call.is_uncertain = true,
    }
}

/// True when what a patch names may be what differs. A patch shows names of members; lists such as the ports of
/// a Service have other keys.
fn may_touch(sent: &str, differs: &str) -> bool {
    let key = |path: &str, at: usize| {
        let member = path.get(at..)?.strip_prefix('[')?;
        member.split_once('=').map(|(key, _)| key.to_owned())
    };
    overlaps(sent, differs)
        || sent.match_indices('[').any(|(at, _)| {
            differs.get(..at) == sent.get(..at)
                && key(differs, at).is_some_and(|other| Some(other) != key(sent, at))
        })
}

/// The fields that differ; none where the two were written in versions that cannot be compared.
fn touched(schemas: &Schemas, before: &Value, after: &Value) -> Option<Vec<Touched>> {
    let nobody = Owners::of(&Value::Null);
    // Who reads a difference of two states wants all of it: nobody is trusted, nothing is learned.
    let (trust, ranges, mutations) = (Trust::default(), Ranges::default(), Mutations::default());
    let plain = Comparison {
        schemas,
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

/// Reads a log into a ledger, and notes what differed from desired on the way.
pub struct Reader<'r> {
    comparison: Comparison<'r>,
    desired: &'r DesiredState,
    /// Who deploys each desired object, where it is live.
    deployers: BTreeMap<ObjectKey, String>,
    /// The ledger.
    pub journal: Journal,
    /// What differed from desired at some time.
    pub departures: Vec<Departure>,
}

impl<'r> Reader<'r> {
    /// A reader that knows the kinds of the live and the desired objects.
    pub fn new(
        comparison: Comparison<'r>,
        desired: &'r DesiredState,
        live: &Inventory,
        ledger: Ledger,
    ) -> Self {
        let mut journal = Journal::new(ledger, 0);
        let of_live = live
            .objects()
            .map(|(_, object)| (object.group(), object.kind_name()));
        journal.know(live, of_live);
        let of_desired = desired
            .iter()
            .map(|(key, _)| (key.group.as_str(), key.kind.as_str()));
        journal.know(live, of_desired);
        let mut deployers = BTreeMap::new();
        for (_, object) in live.objects() {
            let key = ObjectKey::of(object);
            let deployer = match comparison.deployer {
                Some(deployer) => Some(deployer.to_owned()),
                None => Owners::of(object.value())
                    .deployer()
                    .map(|claim| claim.manager.clone()),
            };
            if let Some(deployer) = deployer
                && desired.get(&key).is_some()
            {
                deployers.insert(key, deployer);
            }
        }
        Reader {
            comparison,
            desired,
            deployers,
            journal,
            departures: Vec::new(),
        }
    }

    /// Reads one event.
    pub fn observe(&mut self, event: &Event<'_>) {
        let Some(written) = self.journal.observe(self.comparison.schemas, event) else {
            return;
        };
        if let Some(body) = &written.body
            && written.call.verb != "delete"
        {
            self.departed(&written.key, body, &written.call);
        }
    }

    /// Notes what differs from desired after a call of somebody.
    fn departed(&mut self, key: &ObjectKey, body: &Value, call: &Call) {
        let Some(wanted) = self.desired.get(key) else {
            return;
        };
        // An earlier release was otherwise, too.
        let deployer = self.deployers.get(key);
        if call.system || deployer.is_some_and(|deployer| is_release(deployer, call)) {
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
        is_uncertain: false,
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
            let paths = operations.iter().flat_map(|operation| {
                // What is moved is gone from where it was.
                let from = operation
                    .text("from")
                    .filter(|_| operation.text("op") == Some("move"));
                [Some(operation.text("path").unwrap_or_default()), from]
            });
            for path in paths.flatten() {
                let fields: Vec<String> = path
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_that_shows_names_may_touch_members_with_other_keys() {
        let sent = "spec.ports[name=extra].port";
        assert!(may_touch(sent, "spec.ports[port=9999,protocol=TCP]"));
        assert!(may_touch(sent, "spec.ports[name=extra]"));
        assert!(!may_touch(sent, "spec.ports[name=other]"));
        assert!(!may_touch(sent, "spec.selector[app=web]"));
        assert!(!may_touch(sent, "spec.type"));
    }
}
