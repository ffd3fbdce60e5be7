//! Two environments that should be alike: a cluster beside another, a namespace beside another.
//!
//! What must differ is left out: who an object is (uid, versions, times, status), what the server allocates,
//! what controllers make for other objects, the values of Secrets, and the namespace's own name wherever
//! it stands.

use std::collections::BTreeMap;

use catseye_model::value::Map;
use catseye_model::{Fields as _, Inventory, Object, ObjectKey, Value};

use crate::compare::Comparison;
use crate::difference::{Class, Difference};
use crate::given;
use crate::mutation::Mutations;
use crate::owner::Owners;
use crate::provenance::is_made_by_cluster;
use crate::scaling::Ranges;
use crate::schema::Schemas;
use crate::trust::Trust;

/// What of a cluster is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Side<'s> {
    /// The cluster.
    pub live: &'s Inventory,
    /// The namespace alone; the whole cluster where none is named.
    pub namespace: Option<&'s str>,
}

/// An object that is not alike on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Unlike {
    /// The object, under its name on the first side; on the second where it is only there.
    pub key: ObjectKey,
    /// `Unmanaged`: only on the first side. `Missing`: only on the second. `Changed`: on both, and other.
    pub class: Class,
    /// The fields; `live` is the first side, `desired` the second.
    pub differences: Vec<Difference>,
}

/// What both sides came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Likeness {
    /// Objects on both sides that are alike.
    pub alike: usize,
    /// The others, by key.
    pub unlike: Vec<Unlike>,
}

/// Holds two sides to each other.
pub fn compare(one: Side<'_>, other: Side<'_>) -> Likeness {
    let schemas = Schemas::with_definitions(one.live);
    let (trust, mutations) = (Trust::default(), Mutations::default());
    let ranges = Ranges::of(one.live);
    let comparison = Comparison {
        schemas: &schemas,
        trust: &trust,
        ranges: &ranges,
        mutations: &mutations,
        deployer: None,
        same_key: false,
    };
    let (first, mut second) = (objects(one, one), objects(other, one));
    let mut likeness = Likeness::default();
    let nobody = Owners::of(&Value::Null);
    for (key, here) in first {
        let Some(there) = second.remove(&key) else {
            likeness.unlike.push(Unlike {
                key,
                class: Class::Unmanaged,
                differences: Vec::new(),
            });
            continue;
        };
        let (compared, _) = comparison.walk(&there, &here, &nobody, None);
        if compared.differences.is_empty() {
            likeness.alike += 1;
        } else {
            likeness.unlike.push(Unlike {
                key,
                class: Class::Changed,
                differences: compared.differences,
            });
        }
    }
    for (key, _) in second {
        likeness.unlike.push(Unlike {
            key,
            class: Class::Missing,
            differences: Vec::new(),
        });
    }
    likeness.unlike.sort_by(|a, b| a.key.cmp(&b.key));
    likeness
}

/// The objects of a side as they are compared, under the names of the first side.
fn objects(side: Side<'_>, first: Side<'_>) -> BTreeMap<ObjectKey, Value> {
    let mut found = BTreeMap::new();
    for (_, object) in side.live.objects() {
        let mut key = ObjectKey::of(object);
        if is_made_by_cluster(object)
            || side
                .namespace
                .is_some_and(|namespace| key.namespace != namespace)
        {
            continue;
        }
        let mut value = bare(object);
        if let (Some(own), Some(name)) = (side.namespace, first.namespace)
            && own != name
        {
            name.clone_into(&mut key.namespace);
            value = renamed(&value, own, name);
        }
        found.insert(key, value);
    }
    found
}

/// An object without what must differ.
fn bare(object: &Object) -> Value {
    let mut value = object.value().clone();
    value.remove("status");
    let kind = object.kind_name();
    value.update("metadata", |metadata| {
        let kept: Map = metadata
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(field, _)| matches!(field.as_str(), "name" | "labels" | "annotations"))
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect();
        *metadata = Value::Object(kept);
        metadata.update("annotations", |annotations| {
            let books: Vec<String> = annotations
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.to_string())
                .filter(|name| {
                    name.starts_with("deployment.kubernetes.io/")
                        || name.starts_with("pv.kubernetes.io/")
                        || name.starts_with("volume.")
                        || name.starts_with("kubectl.kubernetes.io/")
                        || name.starts_with("deprecated.daemonset.template.")
                        || name.starts_with("meta.helm.sh/")
                        || name.starts_with("argocd.argoproj.io/tracking-id")
                        || name.starts_with("autoscaling.alpha.kubernetes.io/")
                })
                .collect();
            for name in books {
                annotations.remove(&name);
            }
        });
    });
    if kind == "Secret" {
        // Other environments have other passwords: only which there are is compared.
        value.update("data", |data| {
            let names: Map = data
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| (name.clone(), Value::Null))
                .collect();
            let names: Vec<Value> = names
                .iter()
                .map(|(name, _)| Value::from(name.as_str()))
                .collect();
            *data = Value::Array(names.into());
        });
    }
    value.update("spec", |spec| {
        let allocated: Vec<String> = spec
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.to_string())
            // Which class is the default is the cluster's choice; which is used is a difference.
            .filter(|name| kind != "Ingress" && given::is_allocated(kind, name))
            .collect();
        for name in allocated {
            // A headless Service says None, which is a choice.
            if spec.text(&name) != Some("None") {
                spec.remove(&name);
            }
        }
        spec.update("ports", |ports| {
            let without: Vec<Value> = ports
                .as_array()
                .unwrap_or_default()
                .iter()
                .map(|port| {
                    let mut port = port.clone();
                    port.remove("nodePort");
                    port
                })
                .collect();
            *ports = Value::Array(without.into());
        });
    });
    value
}

/// The value with one namespace's name as another's: as a whole text, and as a part of a DNS name.
fn renamed(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(_) => {
            let text = value.as_str().unwrap_or_default();
            if text == from {
                return to.into();
            }
            let found = text.replace(&format!(".{from}.svc"), &format!(".{to}.svc"));
            Value::from(found.as_str())
        }
        Value::Array(list) => {
            let members: Vec<Value> = list.iter().map(|it| renamed(it, from, to)).collect();
            Value::Array(members.into())
        }
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(name, value)| (name.clone(), renamed(value, from, to)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    fn cluster(objects: Vec<Value>) -> Inventory {
        let objects = objects
            .into_iter()
            .map(|value| Object::new(value, None).unwrap())
            .collect();
        Inventory::new(objects, Completeness::Cluster)
    }

    fn deployment(namespace: &str, replicas: i64, uid: &str) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": namespace, "uid": uid, "resourceVersion": uid},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                    {"name": "web", "image": "web:1",
                     "env": [{"name": "DB", "value": (format!("db.{namespace}.svc.cluster.local"))}]}]}}},
            "status": {"replicas": replicas}})
    }

    fn service(namespace: &str, address: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": namespace},
            "spec": {"clusterIP": address, "ports": [{"port": 80, "nodePort": 30000}]}})
    }

    fn secret(namespace: &str, names: &[&str]) -> Value {
        let mut data = json!({});
        for name in names {
            data.set(name, namespace.into());
        }
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": namespace}, "data": data})
    }

    #[test]
    fn namespaces_are_alike_but_for_what_must_differ() {
        let live = cluster(vec![
            deployment("staging", 2, "1"),
            service("staging", "10.0.0.1"),
            secret("staging", &["password"]),
            deployment("prod", 2, "2"),
            service("prod", "10.0.0.2"),
            secret("prod", &["password"]),
        ]);
        let side = |namespace| Side {
            live: &live,
            namespace: Some(namespace),
        };
        let likeness = compare(side("staging"), side("prod"));
        assert_eq!(likeness.unlike, []);
        assert_eq!(likeness.alike, 3);
    }

    #[test]
    fn clusters_that_differ_are_told_field_by_field() {
        let one = cluster(vec![
            deployment("shop", 2, "1"),
            secret("shop", &["password", "token"]),
            service("shop", "10.0.0.1"),
        ]);
        let other = cluster(vec![
            deployment("shop", 3, "2"),
            secret("shop", &["password"]),
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "shop"}}),
        ]);
        let side = |live| Side {
            live,
            namespace: None,
        };
        let likeness = compare(side(&one), side(&other));
        let told: Vec<String> = likeness
            .unlike
            .iter()
            .map(|it| {
                let fields: Vec<String> = it
                    .differences
                    .iter()
                    .map(|it| it.path.to_string())
                    .collect();
                format!("{} {} {}", it.class.name(), it.key, fields.join(","))
            })
            .collect();
        assert_eq!(
            told,
            [
                "missing ConfigMap shop/web ",
                "changed Secret shop/db data",
                "unmanaged Service shop/web ",
                "changed Deployment shop/web spec.replicas",
            ]
        );
    }
}
