//! Which objects the applications of Argo CD and Flux say that they own, and where these are written.
//!
//! ```text
//!  Argo CD Application   status.resources            spec.source, status.sync.revision
//!  Flux Kustomization    status.inventory.entries    spec.path, the GitRepository behind spec.sourceRef
//!  Flux HelmRelease      status.inventory.entries    spec.chart, the HelmRepository behind its sourceRef
//! ```
//!
//! An inventory is written by the tool and names what it applied; a mark on the object (a label, an
//! annotation) can be written by whoever writes the object. So an object that carries the mark of an
//! application whose inventory does not list it is not taken as its own. What an inventory holds are names,
//! not manifests: it says that an object is managed, and not what it should be.

use std::collections::{BTreeMap, BTreeSet};

use catseye_model::{Fields as _, Inventory, Object, ObjectKey, Value};
use serde::Serialize;

/// What a continuous-delivery tool deploys as one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Application {
    /// `Argo CD`, `Flux` or `Helm`.
    pub tool: &'static str,
    /// `Application`, `Kustomization`, `HelmRelease` or `release`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The address of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The folder in it, or the chart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The revision that was deployed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

impl Application {
    /// The application in a few words: `Argo CD Application argocd/shop`.
    pub fn told(&self) -> String {
        format!("{} {} {}", self.tool, self.kind, self.full_name())
    }

    /// Namespace and name.
    pub fn full_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }

    /// Where it is written: `https://git.example.com/shop web at abc123`; none where nothing says.
    pub fn written_at(&self) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.repository.clone());
        parts.extend(self.path.clone());
        parts.extend(
            self.revision
                .as_ref()
                .map(|revision| format!("at {revision}")),
        );
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The command that makes the tool put an object back as it is written.
    pub fn command(&self, key: &ObjectKey) -> String {
        match self.kind {
            "Application" => {
                let name = if key.namespace.is_empty() {
                    key.name.clone()
                } else {
                    format!("{}/{}", key.namespace, key.name)
                };
                format!(
                    "argocd app sync {} --resource {}:{}:{name}",
                    self.full_name(),
                    key.group,
                    key.kind
                )
            }
            "Kustomization" => format!(
                "flux reconcile kustomization {} -n {} --with-source",
                self.name, self.namespace
            ),
            "HelmRelease" => format!(
                "flux reconcile helmrelease {} -n {} --with-source --force",
                self.name, self.namespace
            ),
            _ => format!("helm rollback {} -n {}", self.name, self.namespace),
        }
    }
}

/// Who says that they own what.
#[derive(Debug, Clone, Default)]
pub struct Ownership {
    /// The applications, by the key of the object that describes each.
    applications: BTreeMap<ObjectKey, Owned>,
    /// Which of them lists an object; the first by key where several do.
    owners: BTreeMap<ObjectKey, BTreeSet<ObjectKey>>,
    /// Addresses and revisions of Flux sources.
    sources: BTreeMap<ObjectKey, (Option<String>, Option<String>)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Owned {
    application: Application,
    objects: BTreeSet<ObjectKey>,
    /// Of these, those that run and go.
    hooks: BTreeSet<ObjectKey>,
    /// What it lists is what it deployed, so that what is not there was taken away.
    is_deployed: bool,
    /// The Flux source that it names.
    source: Option<ObjectKey>,
    /// Whether it tells what it owns.
    has_inventory: bool,
}

const ARGO: &str = "argoproj.io";
const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";

impl Ownership {
    /// Reads all applications of a cluster.
    pub fn of(live: &Inventory) -> Self {
        let mut ownership = Ownership::default();
        for (_, object) in live.objects() {
            if matches!(object.group(), ARGO | KUSTOMIZE | HELM | SOURCE) {
                ownership.learn(object);
            }
        }
        ownership
    }

    /// True for an object that [`Ownership::learn`] reads.
    pub fn concerns(key: &ObjectKey) -> bool {
        matches!(
            (key.group.as_str(), key.kind.as_str()),
            (ARGO, "Application") | (KUSTOMIZE, "Kustomization") | (HELM, "HelmRelease")
        ) || key.group == SOURCE
    }

    /// Takes in an application or a source as it is now. Gives the objects whose owner is another.
    pub fn learn(&mut self, object: &Object) -> BTreeSet<ObjectKey> {
        let key = ObjectKey::of(object);
        if key.group == SOURCE {
            let value = object.value();
            let text = |path: &str| value.text(path).map(str::to_owned);
            self.sources
                .insert(key, (text("spec.url"), text("status.artifact.revision")));
            return BTreeSet::new();
        }
        let owned = match (key.group.as_str(), key.kind.as_str()) {
            (ARGO, "Application") => argo(object),
            (KUSTOMIZE, "Kustomization") => flux(object, "Kustomization"),
            (HELM, "HelmRelease") => flux(object, "HelmRelease"),
            _ => return BTreeSet::new(),
        };
        self.replace(&key, owned)
    }

    /// Forgets an application that is gone. Gives the objects that it owned.
    pub fn forget(&mut self, key: &ObjectKey) -> BTreeSet<ObjectKey> {
        self.sources.remove(key);
        self.replace(key, None)
    }

    fn replace(&mut self, key: &ObjectKey, owned: Option<Owned>) -> BTreeSet<ObjectKey> {
        let after = owned.as_ref().map(|owned| owned.objects.clone());
        let after = after.unwrap_or_default();
        let old = match owned {
            Some(owned) => self.applications.insert(key.clone(), owned),
            None => self.applications.remove(key),
        };
        let before = old.map(|owned| owned.objects).unwrap_or_default();
        for gone in before.difference(&after) {
            if let Some(owners) = self.owners.get_mut(gone) {
                owners.remove(key);
                if owners.is_empty() {
                    self.owners.remove(gone);
                }
            }
        }
        for new in after.difference(&before) {
            self.owners
                .entry(new.clone())
                .or_default()
                .insert(key.clone());
        }
        before.symmetric_difference(&after).cloned().collect()
    }

    /// True when some application lists the object as its own.
    pub fn owns(&self, key: &ObjectKey) -> bool {
        self.owners.contains_key(key)
    }

    /// The application that deployed an object that should be there still; none for what no inventory
    /// lists, and for what runs and goes.
    pub fn expects(&self, key: &ObjectKey) -> Option<Application> {
        let owners = self.owners.get(key).into_iter().flatten();
        let mut owned = owners.filter_map(|owner| self.applications.get(owner));
        owned
            .find(|owned| owned.is_deployed && key.kind != "Job" && !owned.hooks.contains(key))
            .map(|owned| self.complete(owned))
    }

    /// The names of Argo CD's applications.
    pub fn argo_names(&self) -> BTreeSet<String> {
        let keys = self.applications.keys().filter(|key| key.group == ARGO);
        keys.map(|key| key.name.clone()).collect()
    }

    /// How many applications there are.
    pub fn len(&self) -> usize {
        self.applications.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.applications.is_empty()
    }

    /// The keys of all objects that are owned.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectKey> {
        self.owners.keys()
    }

    /// The application that deployed an object: the one that lists it, else the one whose mark it carries,
    /// unless that one tells what it owns and the object is not among it.
    pub fn application(&self, key: &ObjectKey, object: Option<&Object>) -> Option<Application> {
        let listed = self.owners.get(key).and_then(BTreeSet::first);
        if let Some(owned) = listed.and_then(|owner| self.applications.get(owner)) {
            return Some(self.complete(owned));
        }
        let object = object?;
        let marked = mark(object)?;
        let known = self.applications.iter().find(|(of, _)| {
            of.kind == marked.kind
                && of.name == marked.name
                && (marked.namespace.is_empty() || of.namespace == marked.namespace)
        });
        match known {
            Some((_, owned)) if owned.has_inventory => None,
            Some((_, owned)) => Some(self.complete(owned)),
            None => Some(marked),
        }
    }

    fn complete(&self, owned: &Owned) -> Application {
        let mut application = owned.application.clone();
        if let Some((url, revision)) = owned.source.as_ref().and_then(|it| self.sources.get(it)) {
            application.repository = application.repository.or_else(|| url.clone());
            application.revision = application.revision.or_else(|| revision.clone());
        }
        application
    }
}

fn argo(object: &Object) -> Option<Owned> {
    let value = object.value();
    let here = |field: &str, own: &str| {
        value
            .text(field)
            .is_none_or(|text| text.is_empty() || text == own)
    };
    // One Argo CD may deploy to many clusters; the objects of others are not here.
    if !here("spec.destination.server", "https://kubernetes.default.svc")
        || !here("spec.destination.name", "in-cluster")
    {
        return None;
    }
    let first = value.list("spec.sources").first();
    let source = value
        .get("spec")
        .and_then(|spec| spec.get("source"))
        .or(first)
        .unwrap_or(&Value::Null);
    let text = |value: &Value, field: &str| {
        value
            .text(field)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let revision = text(value, "status.sync.revision").or_else(|| {
        let first = value.list("status.sync.revisions").first()?;
        first.as_str().map(str::to_owned)
    });
    let resources = value.list("status.resources");
    // What Git does not hold any more is listed until somebody prunes it.
    let wanted = || {
        let kept = |it: &&Value| it.flag("requiresPruning") != Some(true);
        resources.iter().filter(kept)
    };
    let keys = |is_such: &dyn Fn(&Value) -> bool| -> BTreeSet<ObjectKey> {
        wanted()
            .filter(|resource| is_such(resource))
            .filter_map(resource_key)
            .collect()
    };
    // What is listed is what Git holds, which may wait for its first synchronisation.
    let compared = value.at("status.sync.revision");
    let synced = value
        .list("status.history")
        .last()
        .map_or(&Value::Null, |last| last.at("revision"));
    let is_deployed =
        !compared.is_null() && compared == synced && !value.has("metadata.deletionTimestamp");
    Some(Owned {
        application: Application {
            tool: "Argo CD",
            kind: "Application",
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            repository: text(source, "repoURL"),
            path: text(source, "path").or_else(|| text(source, "chart")),
            revision: revision.or_else(|| text(source, "targetRevision")),
        },
        objects: keys(&|_| true),
        hooks: keys(&|resource| resource.flag("hook") == Some(true)),
        is_deployed,
        source: None,
        has_inventory: !resources.is_empty(),
    })
}

fn resource_key(resource: &Value) -> Option<ObjectKey> {
    let part = |field: &str| resource.text(field).unwrap_or_default().to_owned();
    let key = ObjectKey {
        group: part("group"),
        kind: part("kind"),
        namespace: part("namespace"),
        name: part("name"),
    };
    (!key.kind.is_empty() && !key.name.is_empty()).then(|| in_scope(key))
}

fn flux(object: &Object, kind: &'static str) -> Option<Owned> {
    let value = object.value();
    if value.has("spec.kubeConfig") {
        return None;
    }
    let text = |path: &str| value.text(path).map(str::to_owned);
    let (reference, path) = if kind == "Kustomization" {
        (value.at("spec.sourceRef"), text("spec.path"))
    } else if value.has("spec.chartRef") {
        (value.at("spec.chartRef"), None)
    } else {
        (
            value.at("spec.chart.spec.sourceRef"),
            text("spec.chart.spec.chart"),
        )
    };
    let source = reference.text("name").map(|name| ObjectKey {
        group: SOURCE.to_owned(),
        kind: reference.text("kind").unwrap_or_default().to_owned(),
        namespace: reference
            .text("namespace")
            .unwrap_or_else(|| object.namespace())
            .to_owned(),
        name: name.to_owned(),
    });
    let entries = value.list("status.inventory.entries");
    Some(Owned {
        application: Application {
            tool: "Flux",
            kind,
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
            repository: None,
            path,
            revision: text("status.lastAppliedRevision")
                .or_else(|| text("status.lastAttemptedRevision")),
        },
        objects: entries
            .iter()
            .filter_map(|entry| entry.text("id").and_then(entry_key))
            .collect(),
        hooks: BTreeSet::new(),
        is_deployed: !value.has("metadata.deletionTimestamp"),
        source,
        has_inventory: !entries.is_empty(),
    })
}

/// `NAMESPACE_NAME_GROUP_KIND`; names of RBAC may hold colons, which stand as two underscores.
fn entry_key(id: &str) -> Option<ObjectKey> {
    let (namespace, rest) = id.split_once('_')?;
    let (rest, kind) = rest.rsplit_once('_')?;
    let (name, group) = rest.rsplit_once('_')?;
    if name.is_empty() || kind.is_empty() {
        return None;
    }
    Some(in_scope(ObjectKey {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.replace("__", ":"),
    }))
}

/// The tools write a namespace for some cluster-wide objects, too.
fn in_scope(mut key: ObjectKey) -> ObjectKey {
    use catseye_model::kind::Scope;
    if key.known_kind().scope() == Some(Scope::Cluster) {
        key.namespace.clear();
    }
    key
}

/// The application whose mark an object carries.
pub(crate) fn mark(object: &Object) -> Option<Application> {
    let application = |tool, kind, namespace: &str, name: &str| {
        Some(Application {
            tool,
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            repository: None,
            path: None,
            revision: None,
        })
    };
    // `APPLICATION:GROUP/KIND:NAMESPACE/NAME`; the application may carry its namespace before an
    // underscore. A mark that was copied along with an annotation names another object.
    let id = object.annotation("argocd.argoproj.io/tracking-id");
    if let Some((owner, of)) = id.and_then(|id| id.split_once(':')) {
        let meant = of.rsplit(['/', ':']).next().unwrap_or_default();
        if meant != object.name() {
            return None;
        }
        let (namespace, name) = owner.split_once('_').unwrap_or(("", owner));
        return application("Argo CD", "Application", namespace, name);
    }
    if let Some(owner) = object.label("argocd.argoproj.io/instance") {
        let (namespace, name) = owner.split_once('_').unwrap_or(("", owner));
        return application("Argo CD", "Application", namespace, name);
    }
    for (prefix, kind) in [(KUSTOMIZE, "Kustomization"), (HELM, "HelmRelease")] {
        if let Some(name) = object.label(&format!("{prefix}/name")) {
            let namespace = object.label(&format!("{prefix}/namespace"));
            return application("Flux", kind, namespace.unwrap_or_default(), name);
        }
    }
    let name = object.annotation("meta.helm.sh/release-name")?;
    let namespace = object.annotation("meta.helm.sh/release-namespace");
    application("Helm", "release", namespace.unwrap_or_default(), name)
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    fn object(value: Value) -> Object {
        Object::new(value, None).unwrap()
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    fn deployment(name: &str, annotations: Value) -> Object {
        object(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "annotations": annotations}}))
    }

    fn cluster() -> Inventory {
        let objects = vec![
            object(
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "shop", "namespace": "argocd"},
                "spec": {"source": {"repoURL": "https://git.example.com/shop", "path": "web"},
                    "destination": {"server": "https://kubernetes.default.svc"}},
                "status": {"sync": {"revision": "abc123"}, "resources": [
                    {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web", "version": "v1"},
                    {"kind": "Namespace", "namespace": "shop", "name": "shop", "version": "v1"}]}}),
            ),
            object(
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "elsewhere", "namespace": "argocd"},
                "spec": {"destination": {"server": "https://other.example.com"}},
                "status": {"resources": [{"kind": "ConfigMap", "namespace": "shop", "name": "far"}]}}),
            ),
            object(
                json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
                "metadata": {"name": "platform", "namespace": "flux-system"},
                "spec": {"url": "https://git.example.com/platform"},
                "status": {"artifact": {"revision": "main@sha1:1"}}}),
            ),
            object(
                json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
                "metadata": {"name": "base", "namespace": "flux-system"},
                "spec": {"path": "./base", "sourceRef": {"kind": "GitRepository", "name": "platform"}},
                "status": {"lastAppliedRevision": "main@sha1:2", "inventory": {"entries": [
                    {"id": "_system__node-reader_rbac.authorization.k8s.io_ClusterRole", "v": "v1"},
                    {"id": "data_redis_apps_StatefulSet", "v": "v1"},
                    {"id": "data_redis__Service", "v": "v1"}]}}}),
            ),
        ];
        Inventory::new(objects, Completeness::Cluster)
    }

    #[test]
    fn inventories_name_the_objects_and_lead_to_repository_and_revision() {
        let ownership = Ownership::of(&cluster());
        let keys: Vec<String> = ownership.objects().map(ToString::to_string).collect();
        assert_eq!(
            keys,
            [
                "Namespace shop",
                "Service data/redis",
                "Deployment shop/web",
                "StatefulSet data/redis",
                "ClusterRole system:node-reader",
            ]
        );
        let told = |key: &str| {
            let key = ownership
                .objects()
                .find(|it| it.to_string() == key)
                .unwrap();
            let application = ownership.application(key, None).unwrap();
            (
                format!(
                    "{}: {}",
                    application.told(),
                    application.written_at().unwrap()
                ),
                application.command(key),
            )
        };
        assert_eq!(
            told("Deployment shop/web"),
            (
                "Argo CD Application argocd/shop: https://git.example.com/shop web at abc123"
                    .to_owned(),
                "argocd app sync argocd/shop --resource apps:Deployment:shop/web".to_owned(),
            )
        );
        assert_eq!(
            told("StatefulSet data/redis"),
            (
                "Flux Kustomization flux-system/base: https://git.example.com/platform ./base at main@sha1:2"
                    .to_owned(),
                "flux reconcile kustomization base -n flux-system --with-source".to_owned(),
            )
        );
    }

    #[test]
    fn a_mark_alone_is_believed_only_where_no_inventory_says_otherwise() {
        let ownership = Ownership::of(&cluster());
        let marked = |name: &str, id: &str| {
            let object = deployment(name, json!({"argocd.argoproj.io/tracking-id": id}));
            let found = ownership.application(&ObjectKey::of(&object), Some(&object));
            found.map(|application| application.full_name())
        };
        assert_eq!(
            marked("web", "shop:apps/Deployment:shop/web").as_deref(),
            Some("argocd/shop")
        );
        assert_eq!(marked("evil", "shop:apps/Deployment:shop/evil"), None);
        assert_eq!(
            marked("new", "other:apps/Deployment:shop/new").as_deref(),
            Some("other")
        );
        assert_eq!(marked("copy", "other:apps/Deployment:shop/web"), None);
    }

    #[test]
    fn what_git_does_not_hold_any_more_is_owned_by_nobody_and_what_was_deployed_is_expected() {
        let application = |history: &str| {
            object(
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "shop", "namespace": "argocd"},
                "status": {"sync": {"revision": "abc"}, "history": [{"revision": history}], "resources": [
                    {"kind": "ConfigMap", "namespace": "shop", "name": "kept"},
                    {"kind": "ConfigMap", "namespace": "shop", "name": "hook", "hook": true},
                    {"kind": "ConfigMap", "namespace": "shop", "name": "old", "requiresPruning": true}]}}),
            )
        };
        let told = |ownership: &Ownership| -> Vec<(bool, bool)> {
            let keys = ["kept", "hook", "old"].map(|name| ObjectKey {
                group: String::new(),
                kind: "ConfigMap".to_owned(),
                namespace: "shop".to_owned(),
                name: name.to_owned(),
            });
            let keys = keys.iter();
            keys.map(|key| (ownership.owns(key), ownership.expects(key).is_some()))
                .collect()
        };
        let mut ownership = Ownership::default();
        ownership.learn(&application("abc"));
        assert_eq!(
            told(&ownership),
            [(true, true), (true, false), (false, false)]
        );
        // What was never synchronised is not missed.
        ownership.learn(&application("earlier"));
        assert_eq!(
            told(&ownership),
            [(true, false), (true, false), (false, false)]
        );
    }

    #[test]
    fn an_application_that_changes_tells_which_objects_have_another_owner() {
        let mut ownership = Ownership::default();
        let application = |names: &[&str]| {
            let resources: Vec<Value> = names
                .iter()
                .map(|name| json!({"kind": "ConfigMap", "namespace": "shop", "name": name}))
                .collect();
            object(
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "shop", "namespace": "argocd"}, "status": {"resources": resources}}),
            )
        };
        let names = |keys: BTreeSet<ObjectKey>| -> Vec<String> {
            keys.into_iter().map(|key| key.name).collect()
        };
        assert_eq!(
            names(ownership.learn(&application(&["a", "b"]))),
            ["a", "b"]
        );
        assert_eq!(
            names(ownership.learn(&application(&["b", "c"]))),
            ["a", "c"]
        );
        let key = ObjectKey::of(&application(&[]));
        assert_eq!(names(ownership.forget(&key)), ["b", "c"]);
        assert_eq!(ownership.objects().count(), 0);
    }

    #[test]
    fn entries_of_any_shape_are_read_or_passed_over() {
        for id in ["", "_", "___", "a_b", "a_b_c", "__x__y_"] {
            let _ = entry_key(id);
        }
        let key = entry_key("shop_web_apps_Deployment").unwrap();
        assert_eq!(key.to_string(), "Deployment shop/web");
    }
}
