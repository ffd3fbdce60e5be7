//! Where an object comes from that nobody desires: the cluster itself, a controller for another object, the
//! program that installed the cluster, or a hand.
//!
//! Labels, owner references and managers' names are what clients say. So where the log shows that a person
//! made the object, they explain nothing; and an installer is believed only for what was made while the
//! cluster was: the time of creation is the server's own.

use std::collections::BTreeSet;

use catseye_model::{Fields as _, Inventory, Kind, Object, ObjectKey};
use jiff::{SignedDuration, Timestamp};

use crate::compare::Comparison;
use crate::ledger::Ledger;
use crate::owner::Owners;
use crate::path::Path;

/// Kinds that are the cluster's own records.
const RECORDS: &[&str] = &[
    "Event",
    "Endpoints",
    "EndpointSlice",
    "Lease",
    "ControllerRevision",
    "PodMetrics",
    "NodeMetrics",
    "Node",
    "CSINode",
    "CSIStorageCapacity",
    "CertificateSigningRequest",
    "VolumeAttachment",
    "PersistentVolume",
    "ComponentStatus",
    "IPAddress",
    "PolicyReport",
    "ClusterPolicyReport",
    "Report",
];

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
        if is_own_record(object) {
            return true;
        }
        if self.is_by_installer(object) {
            return true;
        }
        if self.by_people.contains(key) {
            return false;
        }
        is_on_behalf(object) || self.is_own_account(key) || is_by_trusted(comparison, key, object)
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

/// Made by a controller for another object, as the object itself says.
fn is_on_behalf(object: &Object) -> bool {
    let value = object.value();
    let has_controller = value
        .list("metadata.ownerReferences")
        .iter()
        .any(|owner| owner.flag("controller") == Some(true))
        || (!value.list("metadata.ownerReferences").is_empty()
            && matches!(
                object.kind_name(),
                "ReplicaSet" | "Pod" | "Secret" | "ConfigMap"
            ));
    let by_server = {
        let owners = Owners::of(value);
        owners.is_empty()
            || owners
                .claims()
                .any(|claim| claim.manager == "kube-apiserver")
    };
    has_controller
        || (object.name().starts_with("system:") && by_server)
        || object.label("kubernetes.io/bootstrapping").is_some()
        || object.label("addonmanager.kubernetes.io/mode").is_some()
        || object
            .annotation("apf.kubernetes.io/autoupdate-spec")
            .is_some()
        || object
            .label("kube-aggregator.kubernetes.io/automanaged")
            .is_some()
        || match object.kind_name() {
            "ConfigMap" => object
                .annotation("control-plane.alpha.kubernetes.io/leader")
                .is_some(),
            "Secret" => object
                .annotation("cert-manager.io/certificate-name")
                .is_some(),
            // The claims of a StatefulSet have no owner by default; its controller labels none either.
            "PersistentVolumeClaim" => {
                Owners::of(value).claims().any(|claim| {
                    claim.manager == "kube-controller-manager" && claim.operation == "Update"
                }) && !Owners::of(value)
                    .claims()
                    .any(|claim| claim.manager.starts_with("kubectl"))
            }
            _ => false,
        }
}

/// What every cluster has, whoever wrote it last.
fn is_own_record(object: &Object) -> bool {
    RECORDS.contains(&object.kind_name())
        || match object.kind_name() {
            "ServiceAccount" => object.name() == "default",
            "ConfigMap" => object.name() == "kube-root-ca.crt",
            "Secret" => matches!(
                object.value().text("type"),
                Some("helm.sh/release.v1" | "kubernetes.io/service-account-token")
            ),
            "Service" => object.namespace() == "default" && object.name() == "kubernetes",
            "Namespace" => object.name() == "default" || object.name().starts_with("kube-"),
            "ClusterRole" | "ClusterRoleBinding" => {
                matches!(object.name(), "admin" | "edit" | "view" | "cluster-admin")
            }
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
    use crate::{Mutations, Ranges, Schemas, Trust};

    fn object(value: Value) -> Object {
        Object::new(value, None).unwrap()
    }

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
        let mode = json!({"addonmanager.kubernetes.io/mode": "Reconcile"});
        let addon = role("2026-11-20T00:00:00Z", "kubectl", mode);
        assert!(told(&addon));
        let mut seen = provenance.clone();
        seen.by_person(ObjectKey::of(&addon));
        assert!(!seen.explains(&comparison, &ObjectKey::of(&addon), &addon));
    }
}
