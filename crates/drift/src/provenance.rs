//! Where an object comes from that nobody desires: the cluster itself, a controller for another object, the
//! program that installed the cluster, or a hand.
//!
//! Labels, owner references and managers' names are what clients say. So where the log shows that a person
//! made the object, they explain nothing; and an installer is believed only for what was made while the
//! cluster was: the time of creation is the server's own.

use std::collections::BTreeSet;

use catseye_model::{Completeness, Fields as _, Inventory, Kind, Object, ObjectKey};
use jiff::{SignedDuration, Timestamp};

use crate::compare::Comparison;
use crate::ledger::Ledger;
use crate::owner::{Claim, FORGOTTEN, Owners};
use crate::path::Path;
use crate::trust::Trust;

/// Kinds that are the cluster's own records.
const RECORDS: &[&str] = &[
    "Event",
    "Lease",
    "ControllerRevision",
    "PodMetrics",
    "NodeMetrics",
    "Node",
    "CSINode",
    "CSIStorageCapacity",
    "CertificateSigningRequest",
    "VolumeAttachment",
    "ComponentStatus",
    "IPAddress",
    "PolicyReport",
    "ClusterPolicyReport",
    "Report",
];

/// Kinds that controllers write for others, and that a person may write just as well: to where traffic goes, and
/// what of a node is mounted.
const BY_CONTROLLERS: &[&str] = &["Endpoints", "EndpointSlice", "PersistentVolume"];

/// True for kinds that are the cluster's own records, which nobody desires.
pub fn is_record(kind: &str) -> bool {
    RECORDS.contains(&kind)
}

/// Programs that install clusters, by the names of their field managers.
const INSTALLERS: &[&str] = &["kubeadm", "k3s", "rke2", "k0s"];

/// How long an installation may take: its add-ons are made by then.
const INSTALLATION: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the cluster, to tell who made an object.
#[derive(Debug, Clone, Default)]
pub struct Provenance {
    /// Namespace and name of service accounts of the control plane's own controllers.
    accounts: BTreeSet<(String, String)>,
    /// When the cluster was made.
    made: Option<Timestamp>,
    /// Objects that a person is known to have made.
    by_people: BTreeSet<ObjectKey>,
}

impl Provenance {
    /// Learns from the live cluster: whose accounts its bootstrap policy binds, and how old it is.
    pub fn of(live: &Inventory) -> Self {
        let mut accounts = BTreeSet::new();
        for kind in [Kind::ClusterRoleBinding, Kind::RoleBinding] {
            for (_, binding) in live.of_kind(kind) {
                if !is_made_by_cluster(binding) {
                    continue;
                }
                for subject in binding.value().list("subjects") {
                    if let (Some(namespace), Some(name)) =
                        (subject.text("namespace"), subject.text("name"))
                    {
                        accounts.insert((namespace.to_owned(), name.to_owned()));
                    }
                }
            }
        }
        let made = live
            .of_kind(Kind::Namespace)
            .find(|(_, namespace)| namespace.name() == "kube-system")
            .and_then(|(_, namespace)| created(namespace));
        Provenance {
            accounts,
            made,
            by_people: BTreeSet::new(),
        }
    }

    /// Learns which objects people made.
    #[must_use]
    pub fn with_ledger(mut self, ledger: &Ledger) -> Self {
        self.by_people = ledger.made_by_people();
        self
    }

    /// Notes that a person made an object.
    pub fn by_person(&mut self, key: ObjectKey) {
        self.by_people.insert(key);
    }

    /// True when nobody has to desire the object: somebody else than a hand made it.
    pub fn explains(&self, comparison: &Comparison<'_>, key: &ObjectKey, object: &Object) -> bool {
        // Helm is often run by a person, and what it installs is told by the release.
        if self.is_by_installer(object) || is_helm_release(object) {
            return true;
        }
        if self.by_people.contains(key) {
            return false;
        }
        if BY_CONTROLLERS.contains(&object.kind_name())
            && comparison.trust.is_forged(key, &Path::root())
        {
            return false;
        }
        is_own_record(object)
            || is_on_behalf(object)
            || self.is_own_account(key)
            || is_by_trusted(comparison, key, object)
    }

    fn is_own_account(&self, key: &ObjectKey) -> bool {
        key.kind == "ServiceAccount"
            && self
                .accounts
                .contains(&(key.namespace.clone(), key.name.clone()))
    }

    /// Made by a program that installs clusters, while this one was installed, and written by nobody else
    /// but controllers.
    fn is_by_installer(&self, object: &Object) -> bool {
        let (Some(made), Some(created)) = (self.made, created(object)) else {
            return false;
        };
        let owners = Owners::of(object.value());
        created.duration_since(made) <= INSTALLATION
            && owners
                .claims()
                .any(|claim| INSTALLERS.contains(&claim.manager.as_str()))
            && owners.claims().all(|claim| {
                INSTALLERS.contains(&claim.manager.as_str())
                    || claim.manager.starts_with("kube-")
                    || !claim.subresource.is_empty()
            })
    }
}

fn created(object: &Object) -> Option<Timestamp> {
    object
        .value()
        .text("metadata.creationTimestamp")?
        .parse()
        .ok()
}

/// True for what the cluster itself, or a controller on behalf of another object, makes.
pub fn is_made_by_cluster(object: &Object) -> bool {
    is_own_record(object) || is_on_behalf(object)
}

/// Names under which the API server writes what it makes itself.
const SERVER: &[&str] = &[
    "kube-apiserver",
    "api-priority-and-fairness-config-producer-v1",
    "api-priority-and-fairness-config-consumer-v1",
];

const CONTROLLER_MANAGER: &str = "kube-controller-manager";

/// Made by a controller for another object, as the object itself says, in a field that a controller wrote.
fn is_on_behalf(object: &Object) -> bool {
    let value = object.value();
    let owners = Owners::of(value);
    // Labels and annotations are anybody's to write; these count where the server wrote them.
    let is_server = |claim: &Claim| SERVER.contains(&claim.manager.as_str());
    let by_server = |field: &str, name: &str| {
        value.entry(field, name).is_some()
            && wrote(&owners, &Path::of(field).field(name), is_server)
    };
    let is_controller_manager = |claim: &Claim| claim.manager == CONTROLLER_MANAGER;
    is_owned(object, &owners)
        || (object.name().starts_with("system:")
            && (owners.is_empty() || owners.claims().any(is_server)))
        || by_server("metadata.labels", "kubernetes.io/bootstrapping")
        || by_server("metadata.annotations", "apf.kubernetes.io/autoupdate-spec")
        || by_server(
            "metadata.labels",
            "kube-aggregator.kubernetes.io/automanaged",
        )
        || match object.kind_name() {
            // A lock holds no data.
            "ConfigMap" => {
                object
                    .annotation("control-plane.alpha.kubernetes.io/leader")
                    .is_some()
                    && !value.has("data")
                    && !value.has("binaryData")
            }
            // Where managers are known, cert-manager is trusted by its name.
            "Secret" if value.text("type") == Some("kubernetes.io/service-account-token") => {
                wrote(&owners, &Path::of("type"), is_controller_manager)
            }
            "Secret" => {
                owners.is_empty()
                    && object
                        .annotation("cert-manager.io/certificate-name")
                        .is_some()
            }
            // The claims of a StatefulSet have no owner by default; its controller labels none either.
            "PersistentVolumeClaim" => {
                !owners.is_empty()
                    && wrote(&owners, &Path::of("spec.resources"), is_controller_manager)
            }
            _ => false,
        }
}

/// True when everybody who wrote a field is such a one; without managers nobody can tell, and it is
/// believed.
fn wrote(owners: &Owners<'_>, path: &Path, is_such: impl Fn(&Claim) -> bool) -> bool {
    if owners.is_empty() {
        return true;
    }
    let writers = owners.of_path(path);
    !writers.is_empty()
        && writers
            .iter()
            .all(|claim| is_such(claim) || FORGOTTEN.contains(&claim.manager.as_str()))
}

/// Made for another object: it has an owner, and a controller wrote so. Of what custom kinds own, the
/// operator's name is not known; only that it is no tool of a person's.
fn is_owned(object: &Object, owners: &Owners<'_>) -> bool {
    let references = object.value().list("metadata.ownerReferences");
    let controlled = references
        .iter()
        .any(|owner| owner.flag("controller") == Some(true));
    let is_usual = !references.is_empty()
        && matches!(
            object.kind_name(),
            "ReplicaSet" | "Pod" | "Secret" | "ConfigMap"
        );
    if !controlled && !is_usual {
        return false;
    }
    let by_built_in = references.iter().all(|owner| {
        let group = owner
            .text("apiVersion")
            .and_then(|version| version.split_once('/'))
            .map_or("", |(group, _)| group);
        Kind::of(group, owner.text("kind").unwrap_or_default()) != Kind::Other
            && (!group.contains('.') || group.ends_with(".k8s.io"))
    });
    let trust = Trust::default();
    wrote(owners, &Path::of("metadata.ownerReferences"), |claim| {
        trust.knows(claim) || (!by_built_in && !claim.manager.starts_with("kubectl"))
    })
}

/// True when an object names owners of which none is there: whoever may write the object may write that.
/// Only a whole cluster tells.
pub fn is_orphan(live: &Inventory, uids: &BTreeSet<&str>, object: &Object) -> bool {
    let references = object.value().list("metadata.ownerReferences");
    live.completeness() == Completeness::Cluster
        && !references.is_empty()
        && !references
            .iter()
            .any(|owner| owner.text("uid").is_none_or(|uid| uids.contains(uid)))
}

/// True when a trusted controller wrote whose the object is, and nobody was seen under its name: without its
/// owner it is gone in a moment.
pub fn is_left_behind(comparison: &Comparison<'_>, key: &ObjectKey, object: &Object) -> bool {
    let owners = Owners::of(object.value());
    !owners.is_empty()
        && wrote(&owners, &Path::of("metadata.ownerReferences"), |claim| {
            comparison.trust.knows(claim)
        })
        && !comparison.trust.is_forged(key, &Path::root())
}

/// What Helm keeps of a release.
fn is_helm_release(object: &Object) -> bool {
    object.kind_name() == "Secret"
        && object.value().text("type") == Some("helm.sh/release.v1")
        && object.name().starts_with("sh.helm.release.v1.")
}

/// What every cluster has, whoever wrote it last.
fn is_own_record(object: &Object) -> bool {
    RECORDS.contains(&object.kind_name())
        || is_helm_release(object)
        || match object.kind_name() {
            kind if BY_CONTROLLERS.contains(&kind) => {
                let (owners, trust) = (Owners::of(object.value()), Trust::default());
                owners.claims().all(|claim| trust.knows(claim))
            }
            "ServiceAccount" => object.name() == "default",
            "ConfigMap" => object.name() == "kube-root-ca.crt",
            "Service" => object.namespace() == "default" && object.name() == "kubernetes",
            "Namespace" => object.name() == "default" || object.name().starts_with("kube-"),
            "ClusterRole" => matches!(object.name(), "admin" | "edit" | "view" | "cluster-admin"),
            "ClusterRoleBinding" => object.name() == "cluster-admin",
            "PriorityClass" => object.name().starts_with("system-"),
            _ => false,
        }
}

/// True when only trusted controllers ever wrote it, and nobody was seen under their names.
fn is_by_trusted(comparison: &Comparison<'_>, key: &ObjectKey, object: &Object) -> bool {
    let owners = Owners::of(object.value());
    !owners.is_empty()
        && owners.claims().all(|claim| comparison.trust.knows(claim))
        && !comparison.trust.is_forged(key, &Path::root())
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, Value, json};

    use super::*;
    use crate::{Mutations, Ranges, Schemas};

    fn object(value: Value) -> Object {
        Object::new(value, None).unwrap()
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    fn role(created: &str, manager: &str, labels: Value) -> Object {
        object(
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
            "metadata": {"name": "system:coredns", "labels": labels, "creationTimestamp": created,
                "managedFields": [{"manager": manager, "operation": "Update", "fieldsV1": {"f:rules": {}}}]}}),
        )
    }

    #[test]
    fn an_installer_is_believed_while_the_cluster_is_made_and_no_longer() {
        let namespace = object(json!({"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": "kube-system", "creationTimestamp": "2026-11-01T00:00:00Z"}}));
        let provenance = Provenance::of(&Inventory::new(vec![namespace], Completeness::Cluster));
        let (trust, ranges, mutations) =
            (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let told =
            |object: &Object| provenance.explains(&comparison, &ObjectKey::of(object), object);
        let early = role("2026-11-01T00:02:00Z", "kubeadm", json!({}));
        assert!(told(&early));
        assert!(!told(&role("2026-11-20T00:00:00Z", "kubeadm", json!({}))));
        assert!(!told(&role("2026-11-01T00:02:00Z", "curl", json!({}))));
        let mut addon = role("2026-11-20T00:00:00Z", "kube-apiserver", json!({}))
            .value()
            .clone();
        addon.update("metadata", |metadata| {
            metadata.set("name", "system:node".into());
        });
        let addon = object(addon);
        assert!(told(&addon));
        let mut seen = provenance.clone();
        seen.by_person(ObjectKey::of(&addon));
        assert!(!seen.explains(&comparison, &ObjectKey::of(&addon), &addon));
    }

    /// A live object of which one manager wrote everything that the test names.
    fn written(kind: &str, name: &str, manager: &str, rest: &serde_json::Value) -> Object {
        let mut value = json!({"apiVersion": if kind == "ReplicaSet" { "apps/v1" } else { "v1" }, "kind": kind,
            "metadata": {"name": name, "namespace": "shop", "uid": name,
                "managedFields": [{"manager": manager, "operation": "Update", "fieldsV1":
                    {"f:metadata": {"f:labels": {}, "f:annotations": {}, "f:ownerReferences": {}}, "f:type": {}, "f:spec": {}}}]}});
        for (field, part) in rest.as_object().unwrap() {
            if matches!(field.as_str(), "labels" | "annotations" | "ownerReferences") {
                let part = Value::from(part.clone());
                value.update("metadata", |metadata| metadata.set(field, part));
            } else {
                value.set(field, Value::from(part.clone()));
            }
        }
        object(value)
    }

    #[test]
    fn what_anybody_may_write_explains_nothing() {
        let owner = |version: &str, kind: &str| serde_json::json!({"ownerReferences": [{"apiVersion": version, "kind": kind, "name": "web", "uid": "web", "controller": true}]});
        let boot = serde_json::json!({"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}});
        let addon = serde_json::json!({"labels": {"addonmanager.kubernetes.io/mode": "Reconcile"}});
        let lock =
            serde_json::json!({"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}});
        let full = serde_json::json!({"data": {"a": "b"}, "annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}});
        let token = serde_json::json!({"type": "kubernetes.io/service-account-token"});
        let helm = serde_json::json!({"type": "helm.sh/release.v1"});
        let deployment = owner("apps/v1", "Deployment");
        let database = owner("example.com/v1", "Database");
        for (kind, name, manager, rest, explained) in [
            ("ConfigMap", "a", "kube-apiserver", &boot, true),
            ("ConfigMap", "a", "kubectl-label", &boot, false),
            ("ConfigMap", "a", "kubectl-label", &addon, false),
            ("ConfigMap", "a", "operator", &lock, true),
            ("ConfigMap", "a", "operator", &full, false),
            (
                "ReplicaSet",
                "a",
                "kube-controller-manager",
                &deployment,
                true,
            ),
            ("ReplicaSet", "a", "curl", &deployment, false),
            ("Pod", "a", "database-operator", &database, true),
            ("Pod", "a", "kubectl-create", &database, false),
            ("Secret", "a", "kube-controller-manager", &token, true),
            ("Secret", "a", "kubectl-create", &token, false),
            ("Secret", "sh.helm.release.v1.web.v1", "helm", &helm, true),
            ("Secret", "a", "curl", &helm, false),
        ] {
            let object = written(kind, name, manager, rest);
            assert_eq!(
                is_made_by_cluster(&object),
                explained,
                "{kind} {manager} {rest}"
            );
        }
    }

    #[test]
    fn a_name_of_the_clusters_own_hides_nothing_that_a_person_made() {
        let (trust, ranges, mutations) =
            (Trust::default(), Ranges::default(), Mutations::default());
        let comparison = Comparison {
            schemas: Schemas::builtin(),
            trust: &trust,
            ranges: &ranges,
            mutations: &mutations,
            deployer: None,
            same_key: true,
        };
        let nothing = serde_json::json!({});
        for (kind, name, manager, explained) in [
            (
                "ClusterRoleBinding",
                "cluster-admin",
                "kube-apiserver",
                true,
            ),
            ("ClusterRoleBinding", "admin", "kubectl-create", false),
            ("ClusterRole", "view", "kube-apiserver", true),
            ("EndpointSlice", "web-1", "kube-controller-manager", true),
            ("EndpointSlice", "web-2", "kubectl-create", false),
            ("Endpoints", "web", "curl", false),
            ("PersistentVolume", "host", "kubectl-create", false),
            ("PersistentVolume", "pvc-1", "csi-provisioner", true),
            ("Lease", "a", "anything", true),
        ] {
            let object = written(kind, name, manager, &nothing);
            let key = ObjectKey::of(&object);
            let mut provenance = Provenance::default();
            assert_eq!(
                provenance.explains(&comparison, &key, &object),
                explained,
                "{kind} {name} {manager}"
            );
            provenance.by_person(key.clone());
            assert!(
                !provenance.explains(&comparison, &key, &object),
                "{kind} {name}"
            );
        }
    }

    #[test]
    fn an_owner_that_is_not_there_owns_nothing() {
        let owner = serde_json::json!({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "web", "controller": true}]});
        let child = written("ReplicaSet", "a", "kube-controller-manager", &owner);
        let live = |completeness| Inventory::new(vec![child.clone()], completeness);
        let whole = live(Completeness::Cluster);
        assert!(is_orphan(&whole, &BTreeSet::new(), &child));
        assert!(!is_orphan(&whole, &BTreeSet::from(["web"]), &child));
        assert!(!is_orphan(
            &live(Completeness::Tree),
            &BTreeSet::new(),
            &child
        ));
    }
}
