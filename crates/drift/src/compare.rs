//! Desired against live, field by field.
//!
//! What is desired must be there. What is there and not desired is drift too, unless the server sets it by
//! itself, a controller whose work it is owns it, or an admission webhook always adds it. So a container
//! that somebody added by hand is found, although the desired manifest says nothing about it.

use std::collections::BTreeSet;

use catseye_model::value::{Map, text};
use catseye_model::{Fields as _, Object, ObjectKey, Value};

use crate::canonical;
use crate::difference::{Class, Difference};
use crate::given;
use crate::mutation::Mutations;
use crate::owner::{Claim, Owners};
use crate::path::{Path, Step};
use crate::scaling::{Range, Ranges};
use crate::schema::{Node, Schemas, TypeId};
use crate::trust::{self, Trust};
use crate::version;

/// What a comparison must know beside the two objects.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'s> {
    /// The kinds.
    pub schemas: &'s Schemas,
    /// Which controllers are trusted with what.
    pub trust: &'s Trust,
    /// What autoscalers decide.
    pub ranges: &'s Ranges,
    /// What admission webhooks always add.
    pub mutations: &'s Mutations,
    /// The manager that deploys, where the user says so; told per object otherwise.
    pub deployer: Option<&'s str>,
    /// Whether values of Secrets on both sides were hashed under one key. Under two keys, values of one
    /// length cannot be told apart, and are incomparable.
    pub same_key: bool,
}

/// The differences of one object, and what was passed over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// The differences, in the order of the desired object.
    pub differences: Vec<Difference>,
    /// Values that cannot be compared, because they were hashed under different keys.
    pub incomparable: Vec<Path>,
    /// Nothing was compared: desired is written in a version of the API that cannot be held against the
    /// one in which live was read.
    pub other_version: bool,
    /// Live fields that desired does not name, told as expected: defaults and controllers' work.
    pub expected: usize,
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Lists with keys whose order counts all the same: one initial container runs after the other, and a variable
/// may use those before it.
const ORDERED: &[&str] = &["initContainers", "env"];

/// What is noted of members that are as desired and stand in another order; the values are their names.
pub(crate) const ORDER: &str = "in another order";

/// The label that charts use for the release, and Argo CD up to 2.x for the application.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// Annotations that say who deployed it and when, not what it is.
const BOOKKEEPING: &[&str] = &[
    LAST_APPLIED,
    "argocd.argoproj.io/tracking-id",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
    "kustomize.toolkit.fluxcd.io/checksum",
];

/// Labels of the same kind.
const BOOKKEEPING_LABELS: &[&str] = &[
    "app.kubernetes.io/managed-by",
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
    "helm.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/namespace",
    "argocd.argoproj.io/instance",
    "kubernetes.io/metadata.name",
];

/// Fields without a pointer behind them: the server drops `false` and zero, so absent says the same.
const DROPPED_WHEN_ZERO: &[&str] = &[
    "paused",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "stdin",
    "stdinOnce",
    "tty",
    "readOnly",
    "publishNotReadyAddresses",
    "unschedulable",
    "minReadySeconds",
    "initialDelaySeconds",
    "nodePort",
    "hostPort",
    "healthCheckNodePort",
    "globalDefault",
    "insecureSkipTLSVerify",
    "nonResourceURLs",
    "preserveUnknownFields",
    "deprecated",
    "priority",
];

impl Comparison<'_> {
    /// Fields of this object whose owner's name is not the writer's.
    fn forged(&self, live: &Value) -> Option<&BTreeSet<String>> {
        if self.trust.forged.is_empty() {
            return None;
        }
        let object = Object::new(live.clone(), None).ok()?;
        self.trust.forged.get(&ObjectKey::of(&object))
    }

    /// Compares one object.
    pub fn compare(&self, desired: &Value, live: &Value) -> Compared {
        let owners = Owners::of(live);
        // A dump may leave the managers out, and nobody can tell who wrote what.
        let is_bare = owners.is_empty();
        self.walk_as(desired, live, &owners, self.deployer, is_bare)
            .0
    }

    /// Compares by value alone: what is left when nobody owns anything.
    pub(crate) fn walk(
        &self,
        desired: &Value,
        live: &Value,
        owners: &Owners<'_>,
        deployer: Option<&str>,
    ) -> (Compared, bool) {
        self.walk_as(desired, live, owners, deployer, false)
    }

    fn walk_as(
        &self,
        desired: &Value,
        live: &Value,
        owners: &Owners<'_>,
        deployer: Option<&str>,
        is_bare: bool,
    ) -> (Compared, bool) {
        let Some(desired) = version::converted(desired, live, Some(self.schemas)) else {
            let compared = Compared {
                other_version: true,
                ..Compared::default()
            };
            return (compared, false);
        };
        let kind = live.text("kind").unwrap_or_default();
        let version = live.text("apiVersion").unwrap_or_default();
        let root = self.schemas.root(version, kind);
        let deployer = deployer
            .map(str::to_owned)
            .or_else(|| owners.deployer().map(|claim| claim.manager.clone()));
        let mut walk = Walk {
            with: self,
            live,
            kind,
            owners,
            forged: self.forged(live),
            deployer,
            path: Path::root(),
            compared: Compared::default(),
            is_known: root.is_some(),
            is_bare,
        };
        walk.metadata(desired.at("metadata"), live.at("metadata"));
        walk.object(root, &desired, live);
        (walk.compared, root.is_some())
    }
}

struct Walk<'w> {
    with: &'w Comparison<'w>,
    live: &'w Value,
    kind: &'w str,
    owners: &'w Owners<'w>,
    /// Fields of this object whose owner's name is not the writer's.
    forged: Option<&'w BTreeSet<String>>,
    deployer: Option<String>,
    path: Path,
    compared: Compared,
    is_known: bool,
    /// The managers were left out of the object.
    is_bare: bool,
}

impl Walk<'_> {
    fn metadata(&mut self, desired: &Value, live: &Value) {
        self.path.0.push(Step::Field(text("metadata")));
        let plain = Node::Map(Box::new(Node::Plain));
        for field in ["labels", "annotations"] {
            let empty = Value::Object(Map::default());
            let want = desired
                .get(field)
                .filter(|value| value.is_object())
                .unwrap_or(&empty);
            let is = live
                .get(field)
                .filter(|value| value.is_object())
                .unwrap_or(&empty);
            self.path.0.push(Step::Field(text(field)));
            self.entries(&plain, want, is);
            self.path.0.pop();
        }
        if let Some(want) = desired.get("finalizers").filter(|value| !is_empty(value)) {
            self.path.0.push(Step::Field(text("finalizers")));
            let empty = Value::Array(catseye_model::value::List::default());
            self.set(want, live.get("finalizers").unwrap_or(&empty));
            self.path.0.pop();
        } else if let Some(is) = live.get("finalizers") {
            self.path.0.push(Step::Field(text("finalizers")));
            for member in is.as_array().unwrap_or_default() {
                self.path.0.push(Step::Member(member.clone()));
                // Protection that the server and its controllers put on; theirs by name.
                let own = member.as_str().is_some_and(|name| {
                    name.starts_with("kubernetes.io/") || name.starts_with("foregroundDeletion")
                });
                if own {
                    self.compared.expected += 1;
                } else {
                    self.extra(None, member, None);
                }
                self.path.0.pop();
            }
        }
        self.path.0.pop();
    }

    /// The object without its metadata and status.
    fn object(&mut self, root: Option<TypeId>, desired: &Value, live: &Value) {
        let aside = |name: &str| matches!(name, "apiVersion" | "kind" | "metadata" | "status");
        let fields = root.map(|id| &self.with.schemas.of(id).fields);
        let parts = |value: &Value| -> Map {
            value
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| !aside(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        let (desired, live) = (Value::Object(parts(desired)), Value::Object(parts(live)));
        match (root, fields) {
            (Some(id), Some(_)) => self.fields(id, &desired, &live),
            _ => self.entries(&Node::Any, &desired, &live),
        }
    }

    /// A mapping with known fields.
    fn fields(&mut self, id: TypeId, desired: &Value, live: &Value) {
        let schemas = self.with.schemas;
        let known = schemas.of(id);
        let (Some(want), Some(is)) = (desired.as_object(), live.as_object()) else {
            return;
        };
        for (name, desired_value) in want {
            if desired_value.is_null() {
                continue;
            }
            let field = known.fields.get(name.as_str());
            let found = is.get(name).filter(|value| !value.is_null());
            self.path.0.push(Step::Field(name.clone()));
            match (found, field) {
                (Some(found), Some(field)) => self.value(&field.node, desired_value, found),
                (Some(found), None) => self.value(&Node::Any, desired_value, found),
                // The server drops fields that it does not know, and nobody did anything.
                (None, None) if !known.open => self.compared.expected += 1,
                (None, field) => {
                    let default = field.and_then(|field| field.default.as_ref());
                    self.absent(field.map(|field| &field.node), desired_value, default);
                }
            }
            self.path.0.pop();
        }
        for (name, found) in is {
            if found.is_null() || want.get(name).is_some_and(|value| !value.is_null()) {
                continue;
            }
            let field = known.fields.get(name.as_str());
            self.path.0.push(Step::Field(name.clone()));
            let default = field.and_then(|field| field.default.as_ref());
            let is_given = given::by_server(self.kind, &self.path, desired, live, found)
                && (name.as_str() != "hostPort" || self.is_on_host_network());
            if is_given || self.is_allocated(name) {
                self.compared.expected += 1;
            } else {
                self.extra(field.map(|field| &field.node), found, default);
            }
            self.path.0.pop();
        }
    }

    /// Fields whose value the server chooses when the object is made: as good as given, unless somebody
    /// else wrote them since.
    fn is_allocated(&self, name: &str) -> bool {
        given::is_allocated(self.kind, name) && self.is_by_deployer_or_controllers()
    }

    fn is_by_deployer_or_controllers(&self) -> bool {
        self.owners
            .of_path(&self.path)
            .iter()
            .all(|claim| self.is_deployer(claim) || self.with.trust.knows(claim))
            && !self.is_forged()
    }

    /// The server completes ports of pods on the network of their node, and of no others.
    fn is_on_host_network(&self) -> bool {
        let containers = |step: &Step| {
            matches!(step, Step::Field(name)
                if matches!(name.as_str(), "containers" | "initContainers" | "ephemeralContainers"))
        };
        self.path.0.iter().position(containers).is_some_and(|at| {
            let spec = Path(self.path.0[..at].to_vec());
            spec.get(self.live)
                .is_some_and(|spec| spec.flag("hostNetwork") == Some(true))
        })
    }

    fn is_forged(&self) -> bool {
        self.forged
            .is_some_and(|fields| trust::is_among(fields, &self.path))
    }

    fn is_deployer(&self, claim: &Claim) -> bool {
        self.deployer.as_deref() == Some(claim.manager.as_str())
    }

    /// A mapping with any keys.
    fn entries(&mut self, node: &Node, desired: &Value, live: &Value) {
        let (Some(want), Some(is)) = (desired.as_object(), live.as_object()) else {
            return;
        };
        let item = match node {
            Node::Map(item) => item,
            _ => &Node::Any,
        };
        for (name, desired) in want {
            if desired.is_null() || self.is_bookkeeping(name) {
                continue;
            }
            self.path.0.push(Step::Field(name.clone()));
            match is.get(name).filter(|value| !value.is_null()) {
                Some(found) => self.value(item, desired, found),
                // Of a mapping, an empty value is a value.
                None if matches!(node, Node::Map(_)) => self.removed(desired),
                None => self.absent(Some(item), desired, None),
            }
            self.path.0.pop();
        }
        for (name, found) in is {
            if want.get(name).is_some_and(|value| !value.is_null()) || self.is_bookkeeping(name) {
                continue;
            }
            self.path.0.push(Step::Field(name.clone()));
            let of_tokens = given::is_of_token_controller(self.live, &self.path)
                && self.is_by_deployer_or_controllers();
            if found.is_null()
                || of_tokens
                || given::by_server(self.kind, &self.path, desired, live, found)
            {
                self.compared.expected += 1;
            } else {
                self.extra_entry(item, found);
            }
            self.path.0.pop();
        }
    }

    fn is_bookkeeping(&self, name: &str) -> bool {
        let Some(Step::Field(parent)) = self.path.0.last() else {
            return false;
        };
        match parent.as_str() {
            "annotations" => BOOKKEEPING.contains(&name),
            "labels" => BOOKKEEPING_LABELS.contains(&name),
            _ => false,
        }
    }

    fn value(&mut self, node: &Node, desired: &Value, live: &Value) {
        match (node, desired, live) {
            (Node::Struct(id), Value::Object(_), Value::Object(_)) => {
                self.fields(*id, desired, live);
            }
            (Node::Map(_) | Node::Any, Value::Object(_), Value::Object(_)) => {
                self.entries(node, desired, live);
            }
            (Node::Keyed { item, by }, Value::Array(_), Value::Array(_)) => {
                self.keyed(item, by, desired, live);
            }
            (Node::Set(_), Value::Array(_), Value::Array(_)) => self.set(desired, live),
            (Node::List(item), Value::Array(_), Value::Array(_)) => self.list(item, desired, live),
            (Node::Any, Value::Array(_), Value::Array(_)) => {
                self.list(&Node::Any, desired, live);
            }
            _ => self.leaf(node, desired, live),
        }
    }

    /// True for the label by which Argo CD of old tells which application an object is of, written by Argo CD.
    fn is_tracking(&self) -> bool {
        let mut fields = self.path.fields();
        let mut next = || fields.next().unwrap_or_default();
        let is_label = (next(), next(), next()) == ("metadata", "labels", INSTANCE);
        let owners = self.owners.of_path(&self.path);
        is_label
            && self
                .path
                .get(self.live)
                .and_then(Value::as_str)
                .is_some_and(|name| self.with.trust.applications.contains(name))
            && (self.is_bare
                || (!owners.is_empty() && owners.iter().all(|it| self.is_deployer(it))))
            && !self.is_forged()
    }

    fn leaf(&mut self, node: &Node, desired: &Value, live: &Value) {
        if canonical::same(node, desired, live) {
            self.re_owned(desired, live);
            return;
        }
        if !self.with.same_key && redacted_alike(desired, live) {
            self.compared.incomparable.push(self.path.clone());
            return;
        }
        let mut remark = None;
        if let Some(range) = self.range() {
            if range.holds(live) {
                self.compared.expected += 1;
                return;
            }
            remark = Some(format!(
                "outside of {} to {} of {}",
                range.min, range.max, range.by
            ));
        }
        if self.is_decided_by_trusted() || self.is_tracking() {
            self.compared.expected += 1;
            return;
        }
        self.found(Class::Changed, Some(desired), Some(live), remark);
    }

    /// True when everybody who owns the value here may decide it, whatever desired says: desired holds a
    /// placeholder.
    fn is_decided_by_trusted(&self) -> bool {
        let owners = self.owners.of_path(&self.path);
        !owners.is_empty()
            && owners
                .iter()
                .all(|claim| self.with.trust.decides(claim, &self.path))
            && !self.is_forged()
    }

    /// The range within which an autoscaler moves this value, where one does.
    fn range(&self) -> Option<&Range> {
        let is_count = self.path.is_below("spec.replicas") && self.path.0.len() == 2;
        is_count
            .then(|| self.with.ranges.range(self.live))
            .flatten()
    }

    /// The value is right; whether it is still the deployer's.
    fn re_owned(&mut self, desired: &Value, live: &Value) {
        let Some(deployer) = self.with.deployer.or(self.deployer.as_deref()) else {
            return;
        };
        if self.owners.is_empty() {
            return;
        }
        let owners = self.owners.of_path(&self.path);
        let taken = !owners.is_empty()
            && owners.iter().all(|claim| {
                claim.manager != deployer
                    // What we restored is no theft.
                    && claim.manager != "catseye"
                    && (self.is_forged() || !self.with.trust.covers(claim, &self.path))
            });
        if taken {
            self.found(Class::ReOwned, Some(desired), Some(live), None);
        }
    }

    /// Desired, and not there.
    fn absent(&mut self, node: Option<&Node>, desired: &Value, default: Option<&Value>) {
        let selects = self.selects(node);
        let is_nothing = is_empty(desired) && !selects;
        let is_zero = *desired == false || *desired == 0_i64;
        let is_default = default.is_some_and(|default| default == desired);
        let is_dropped = is_zero && DROPPED_WHEN_ZERO.contains(&self.path.last_field());
        if is_nothing || is_default || is_dropped {
            self.compared.expected += 1;
            return;
        }
        self.removed(desired);
    }

    fn removed(&mut self, desired: &Value) {
        self.found(Class::Removed, Some(desired), None, None);
    }

    fn selects(&self, node: Option<&Node>) -> bool {
        matches!(node, Some(Node::Struct(id)) if self.with.schemas.of(*id).selects)
    }

    /// There, and not desired.
    fn extra(&mut self, node: Option<&Node>, live: &Value, default: Option<&Value>) {
        if is_empty(live) && !self.selects(node) {
            self.compared.expected += 1;
            return;
        }
        if let Some(default) = default
            && self.is_same(node.unwrap_or(&Node::Any), default, live)
        {
            self.compared.expected += 1;
            return;
        }
        // A part in which every field is a default is one itself.
        if let (Some(node @ Node::Struct(_)), Value::Object(map)) = (node, live)
            && !map.is_empty()
            && !self.selects(Some(node))
            && self.is_same(node, &Value::Object(Map::default()), live)
        {
            self.compared.expected += 1;
            return;
        }
        self.extra_entry(node.unwrap_or(&Node::Any), live);
    }

    fn extra_entry(&mut self, node: &Node, live: &Value) {
        // Members that can be told apart have authors of their own.
        match (node, live) {
            (Node::Keyed { .. }, Value::Array(members)) if !members.is_empty() => {
                let empty = Value::Array(catseye_model::value::List::default());
                return self.value(node, &empty, live);
            }
            (Node::Map(_), Value::Object(map)) if !map.is_empty() => {
                let empty = Value::Object(Map::default());
                return self.value(node, &empty, live);
            }
            _ => {}
        }
        if self.range().is_some_and(|range| range.holds(live)) {
            self.compared.expected += 1;
            return;
        }
        let owners = self.owners.of_path(&self.path);
        let all_trusted = !owners.is_empty()
            && owners
                .iter()
                .all(|claim| self.with.trust.covers(claim, &self.path))
            && !self.is_forged();
        // Nobody ever wrote it, and we do not know the kind: the server completed it.
        let unknown_default = owners.is_empty() && !self.is_known && !self.owners.is_empty();
        let by_webhook = owners.iter().all(|claim| self.is_deployer(claim))
            && self
                .with
                .mutations
                .explain(self.live, &self.path, live, !owners.is_empty());
        let is_mark = self.is_bare && trust::is_usual_mark(&self.path);
        if all_trusted || unknown_default || by_webhook || is_mark || self.is_tracking() {
            self.compared.expected += 1;
            return;
        }
        // Two hands below one new field: each part is told by itself, so that each has its author.
        if let (Value::Object(map), true) = (live, owners.len() > 1)
            && map.len() > 1
            && !matches!(node, Node::Struct(id) if self.with.schemas.of(*id).selects)
            && owners
                .iter()
                .any(|claim| self.with.trust.covers(claim, &self.path))
        {
            let empty = Value::Object(Map::default());
            self.value(node, &empty, live);
            return;
        }
        self.found(Class::Added, None, Some(live), None);
    }

    /// Members told by keys.
    fn keyed(
        &mut self,
        item: &Node,
        by: &[catseye_model::value::Text],
        desired: &Value,
        live: &Value,
    ) {
        let (Some(want), Some(is)) = (desired.as_array(), live.as_array()) else {
            return;
        };
        let live_keys: Vec<Step> = is
            .iter()
            .map(|member| self.keys(item, by, member))
            .collect();
        let mut taken = vec![false; is.len()];
        let mut places = Vec::new();
        for member in want {
            let key = self.keys(item, by, member);
            // Of members with the same keys, which `env` may have, the first goes with the first.
            let place = live_keys
                .iter()
                .zip(&taken)
                .position(|(live, taken)| !taken && *live == key);
            self.path.0.push(key);
            match place {
                Some(place) => {
                    taken[place] = true;
                    places.push(place);
                    self.value(item, member, &is[place]);
                }
                None => self.removed(member),
            }
            self.path.0.pop();
        }
        if !places.is_sorted() && ORDERED.contains(&self.path.last_field()) {
            let names = |places: &[usize]| -> Value {
                let name = |place: &usize| is[*place].at("name").clone();
                Value::Array(places.iter().map(name).collect())
            };
            let desired = names(&places);
            places.sort_unstable();
            let live = names(&places);
            self.found(
                Class::Changed,
                Some(&desired),
                Some(&live),
                Some(ORDER.to_owned()),
            );
        }
        for ((key, member), taken) in live_keys.into_iter().zip(is).zip(taken) {
            if taken {
                continue;
            }
            self.path.0.push(key);
            if given::by_server(self.kind, &self.path, desired, live, member) {
                self.compared.expected += 1;
            } else {
                self.extra_entry(item, member);
            }
            self.path.0.pop();
        }
    }

    /// The keys of a member, defaults filled in: `ports` are told by port and protocol, and who leaves the
    /// protocol out means TCP.
    fn keys(&self, item: &Node, by: &[catseye_model::value::Text], member: &Value) -> Step {
        let fields = match item {
            Node::Struct(id) => Some(&self.with.schemas.of(*id).fields),
            _ => None,
        };
        Step::Keyed(
            by.iter()
                .map(|key| {
                    let field = fields.and_then(|fields| fields.get(key.as_str()));
                    let value = match member.get(key).filter(|value| !value.is_null()) {
                        Some(value) => normal(field.map(|field| &field.node), value),
                        None => field
                            .and_then(|field| field.default.clone())
                            .unwrap_or_default(),
                    };
                    (key.clone(), value)
                })
                .collect(),
        )
    }

    fn set(&mut self, desired: &Value, live: &Value) {
        let (want, is) = (
            desired.as_array().unwrap_or_default(),
            live.as_array().unwrap_or_default(),
        );
        for member in want {
            if !is.contains(member) {
                self.path.0.push(Step::Member(member.clone()));
                self.removed(member);
                self.path.0.pop();
            }
        }
        for member in is {
            if !want.contains(member) {
                self.path.0.push(Step::Member(member.clone()));
                self.extra_entry(&Node::Plain, member);
                self.path.0.pop();
            }
        }
    }

    /// A list whose members nothing identifies. Scalars are compared as a whole. Of mappings, each desired
    /// member is looked for where it stood, then anywhere.
    fn list(&mut self, item: &Node, desired: &Value, live: &Value) {
        let (Some(want), Some(is)) = (desired.as_array(), live.as_array()) else {
            return;
        };
        let are_mappings = want.iter().chain(is).all(Value::is_object);
        if !are_mappings {
            let same = want.len() == is.len()
                && want
                    .iter()
                    .zip(is)
                    .all(|(one, other)| self.is_same(item, one, other));
            if same {
                self.re_owned(desired, live);
            } else if self.is_decided_by_trusted() {
                self.compared.expected += 1;
            } else {
                self.found(Class::Changed, Some(desired), Some(live), None);
            }
            return;
        }
        let mut partner: Vec<Option<usize>> = vec![None; want.len()];
        let mut taken = vec![false; is.len()];
        for (place, member) in want.iter().enumerate() {
            let same_place = is
                .get(place)
                .filter(|other| self.is_same(item, member, other));
            if same_place.is_some() && !taken[place] {
                partner[place] = Some(place);
                taken[place] = true;
            }
        }
        for (place, member) in want.iter().enumerate() {
            if partner[place].is_some() {
                continue;
            }
            let found = is
                .iter()
                .enumerate()
                .position(|(at, other)| !taken[at] && self.is_same(item, member, other));
            if let Some(found) = found {
                partner[place] = Some(found);
                taken[found] = true;
            }
        }
        for (place, member) in want.iter().enumerate() {
            if partner[place].is_some() {
                continue;
            }
            self.path.0.push(Step::Index(place));
            if is.len() == want.len() && !taken[place] {
                taken[place] = true;
                self.value(item, member, &is[place]);
            } else {
                self.removed(member);
            }
            self.path.0.pop();
        }
        for (place, member) in is.iter().enumerate() {
            if taken[place] {
                continue;
            }
            self.path.0.push(Step::Index(place));
            if given::by_server(self.kind, &self.path, desired, live, member) {
                self.compared.expected += 1;
            } else {
                self.extra_entry(item, member);
            }
            self.path.0.pop();
        }
    }

    /// True when nothing differs, whoever owns it.
    fn is_same(&self, node: &Node, desired: &Value, live: &Value) -> bool {
        if desired == live {
            return true;
        }
        let nobody = Owners::of(&Value::Null);
        let mut walk = Walk {
            with: self.with,
            live: self.live,
            kind: self.kind,
            owners: &nobody,
            forged: None,
            deployer: None,
            path: self.path.clone(),
            compared: Compared::default(),
            is_known: true,
            is_bare: self.is_bare,
        };
        walk.value(node, desired, live);
        walk.compared.differences.is_empty() && walk.compared.incomparable.is_empty()
    }

    fn found(
        &mut self,
        class: Class,
        desired: Option<&Value>,
        live: Option<&Value>,
        note: Option<String>,
    ) {
        let owners = match class {
            Class::Removed => Vec::new(),
            _ => self
                .owners
                .of_path(&self.path)
                .into_iter()
                .cloned()
                .collect(),
        };
        self.compared.differences.push(Difference {
            class,
            path: self.path.clone(),
            desired: desired.cloned(),
            live: live.cloned(),
            owners,
            note,
        });
    }
}

/// A key's value in the form in which keys are compared.
fn normal(node: Option<&Node>, value: &Value) -> Value {
    match (node, value) {
        (Some(Node::IntOrString), Value::String(text)) => match text.parse::<i64>() {
            Ok(number) => Value::from(number),
            Err(_) => value.clone(),
        },
        _ => value.clone(),
    }
}

/// Null, and what holds nothing.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// True for two hashed values that are equally long, so that different keys may be all that differs.
fn redacted_alike(one: &Value, other: &Value) -> bool {
    let length = |value: &Value| {
        let text = value
            .as_str()
            .filter(|text| catseye_model::redact::is_redacted(text))?;
        text.split(':').nth(1).map(str::to_owned)
    };
    length(one).is_some_and(|own| length(other) == Some(own))
}
