//! An approved baseline: which objects of which kinds a cluster is expected to hold.
//!
//! A blueprint lists identities and a hash of what each object says. It answers "what is here that nobody
//! approved, what is gone, what was changed since", kind by kind, without any manifest.

use std::collections::BTreeMap;

use catseye_model::{Fields as _, Inventory, Object, ObjectKey, Value};
use serde::{Deserialize, Serialize};

use crate::provenance::is_made_by_cluster;

/// The kinds that a blueprint watches, in the groups of the advisor's rule book.
pub const MODULES: &[(&str, &[&str])] = &[
    ("Namespace Layout", &["Namespace"]),
    (
        "Permissions & Security",
        &[
            "ServiceAccount",
            "ClusterRole",
            "Role",
            "ClusterRoleBinding",
            "RoleBinding",
        ],
    ),
    (
        "Core Application Resources",
        &[
            "Deployment",
            "StatefulSet",
            "DaemonSet",
            "ReplicaSet",
            "CronJob",
            "Job",
            "Pod",
        ],
    ),
    (
        "Cluster Network Access Controls",
        &["Service", "Ingress", "NetworkPolicy"],
    ),
    (
        "Cluster Infrastructure Resources",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("Cluster Extensions (CRDs)", &["CustomResourceDefinition"]),
    (
        "Cluster Storage",
        &["StorageClass", "PersistentVolumeClaim"],
    ),
    ("Cluster Config", &["ConfigMap", "Secret"]),
];

/// A blueprint file. Its form has a number, so that a later program knows what it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blueprint {
    /// The form of the file: 1.
    pub version: u32,
    /// Who approved it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub approved_by: String,
    /// Per module and kind: `NAMESPACE/NAME` (or `NAME`) to a hash of what the object says.
    pub expected: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
}

/// An object that is not as approved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Departure {
    /// The module.
    pub module: String,
    /// The kind.
    pub kind: String,
    /// `NAMESPACE/NAME` or `NAME`.
    pub object: String,
    /// `unexpected`, `missing` or `changed`.
    pub what: &'static str,
}

/// Writes down what is there.
pub fn write(live: &Inventory, approved_by: &str) -> Blueprint {
    let mut expected: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> =
        BTreeMap::new();
    for (module, kinds) in MODULES {
        for kind in *kinds {
            // A kind without objects stands too: its first object is unexpected.
            expected
                .entry((*module).to_owned())
                .or_default()
                .entry((*kind).to_owned())
                .or_default();
        }
    }
    for (_, object) in live.objects() {
        if let Some((module, kind, name)) = place(object) {
            expected
                .entry(module)
                .or_default()
                .entry(kind)
                .or_default()
                .insert(name, fingerprint(object.value()));
        }
    }
    Blueprint {
        version: 1,
        approved_by: approved_by.to_owned(),
        expected,
    }
}

/// Where an object belongs; none for what controllers make of others.
fn place(object: &Object) -> Option<(String, String, String)> {
    if is_made_by_cluster(object) {
        return None;
    }
    let custom = object.kind() == catseye_model::Kind::Other && object.group().contains('.');
    let (module, kind) = if custom && !object.group().ends_with(".k8s.io") {
        (
            "Cluster Extensions (CRDs)",
            format!("{}.{}", object.kind_name(), object.group()),
        )
    } else {
        let module = MODULES
            .iter()
            .find(|(_, kinds)| kinds.contains(&object.kind_name()))?
            .0;
        (module, object.kind_name().to_owned())
    };
    let key = ObjectKey::of(object);
    let name = if key.namespace.is_empty() {
        key.name
    } else {
        format!("{}/{}", key.namespace, key.name)
    };
    Some((module.to_owned(), kind, name))
}

/// What departs from the blueprint.
pub fn check(blueprint: &Blueprint, live: &Inventory) -> Vec<Departure> {
    let now = write(live, "");
    let mut departures = Vec::new();
    let empty = BTreeMap::new();
    for (module, kinds) in &now.expected {
        for (kind, objects) in kinds {
            let expected = blueprint
                .expected
                .get(module)
                .and_then(|kinds| kinds.get(kind))
                .unwrap_or(&empty);
            for (object, hash) in objects {
                let what = match expected.get(object) {
                    None => "unexpected",
                    Some(approved) if approved != hash => "changed",
                    Some(_) => continue,
                };
                departures.push(Departure {
                    module: module.clone(),
                    kind: kind.clone(),
                    object: object.clone(),
                    what,
                });
            }
        }
    }
    for (module, kinds) in &blueprint.expected {
        for (kind, objects) in kinds {
            let there = now.expected.get(module).and_then(|kinds| kinds.get(kind));
            for object in objects.keys() {
                if there.is_none_or(|there| !there.contains_key(object)) {
                    departures.push(Departure {
                        module: module.clone(),
                        kind: kind.clone(),
                        object: object.clone(),
                        what: "missing",
                    });
                }
            }
        }
    }
    departures.sort();
    departures
}

/// A hash of what an object says: not of who wrote it when, nor of values of Secrets, whose hashes change
/// with the key of each run.
fn fingerprint(object: &Value) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut feed = |text: &str| {
        // FNV-1a: a fingerprint that tells a change, no seal against a forger.
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let is_secret = object.text("kind") == Some("Secret");
    for (name, value) in object.as_object().into_iter().flatten() {
        match name.as_str() {
            "status" | "metadata" => {}
            "spec" => {
                for (field, value) in value.as_object().into_iter().flatten() {
                    // Autoscalers change it all day.
                    if field != "replicas" {
                        feed(field);
                        feed(&value.to_string());
                    }
                }
            }
            "data" if is_secret => {
                for (field, value) in value.as_object().into_iter().flatten() {
                    feed(field);
                    feed(
                        value
                            .as_str()
                            .and_then(|text| text.split(':').nth(1))
                            .unwrap_or_default(),
                    );
                }
            }
            _ => {
                feed(name);
                feed(&value.to_string());
            }
        }
    }
    for (name, value) in object.entries("metadata.labels") {
        feed(name);
        feed(&value.to_string());
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    #[test]
    fn what_nobody_approved_is_told_by_module() {
        let object = |kind: &str, name: &str, replicas: i64, image: &str| {
            Object::new(json!({"apiVersion": "apps/v1", "kind": kind,
                "metadata": {"name": name, "namespace": "shop", "resourceVersion": replicas.to_string()},
                "spec": {"replicas": replicas, "image": image}}), None).unwrap()
        };
        let inventory = |objects| Inventory::new(objects, Completeness::Cluster);
        let approved = write(
            &inventory(vec![
                object("Deployment", "web", 1, "a"),
                object("Deployment", "cart", 1, "a"),
                object("DaemonSet", "log", 1, "a"),
            ]),
            "jane",
        );
        let text = serde_json::to_string(&approved).unwrap();
        let approved: Blueprint = serde_json::from_str(&text).unwrap();
        let departures = check(
            &approved,
            &inventory(vec![
                object("Deployment", "web", 5, "a"),
                object("Deployment", "cart", 1, "b"),
                object("StatefulSet", "db", 1, "a"),
            ]),
        );
        let told: Vec<String> = departures
            .iter()
            .map(|it| format!("{} {} {}", it.what, it.kind, it.object))
            .collect();
        assert_eq!(
            told,
            [
                "missing DaemonSet shop/log",
                "changed Deployment shop/cart",
                "unexpected StatefulSet shop/db"
            ]
        );
    }
}
