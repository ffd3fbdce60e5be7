//! Resources that are served in more than one version: which are one and the same, and an object in another of them.
//!
//! The API server keeps a registry of them (`EquivalentResourceRegistry`): built-in resources that are stored in one
//! place, and the served versions of each custom resource. With `matchPolicy: Equivalent` a policy that names one
//! version is asked about requests in every other, and sees the object in the version that it names. Here an object
//! is converted where that is a function of the object alone; where it is not, nobody judges and that is said.

use std::collections::BTreeMap;

use catseye_model::{Fields as _, Object, Value, json};

/// A group and a version.
pub(crate) type GroupVersion = (String, String);

/// How an object comes from one version into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conversion {
    /// Only `apiVersion` differs.
    Renamed,
    /// By [`autoscaler`].
    Autoscaler,
    /// By [`event`].
    Event,
    /// Not without the API server.
    Unknown,
}

/// A built-in resource with several served versions.
struct BuiltIn {
    resource: &'static str,
    /// Groups and versions, in the order in which the API server goes through them.
    served: &'static [(&'static str, &'static str)],
    conversion: Conversion,
}

const fn built(
    resource: &'static str,
    served: &'static [(&'static str, &'static str)],
    conversion: Conversion,
) -> BuiltIn {
    BuiltIn {
        resource,
        served,
        conversion,
    }
}

const EVENTS: &[(&str, &str)] = &[("", "v1"), ("events.k8s.io", "v1")];
const AUTOSCALERS: &[(&str, &str)] = &[("autoscaling", "v2"), ("autoscaling", "v1")];
const NETWORKS: &[(&str, &str)] = &[
    ("networking.k8s.io", "v1"),
    ("networking.k8s.io", "v1beta1"),
];
const VOLUMES: &[(&str, &str)] = &[("storage.k8s.io", "v1"), ("storage.k8s.io", "v1beta1")];
const DEVICES: &[(&str, &str)] = &[
    ("resource.k8s.io", "v1"),
    ("resource.k8s.io", "v1beta2"),
    ("resource.k8s.io", "v1beta1"),
];

const BUILT_IN: &[BuiltIn] = &[
    built("events", EVENTS, Conversion::Event),
    built(
        "horizontalpodautoscalers",
        AUTOSCALERS,
        Conversion::Autoscaler,
    ),
    built("ipaddresses", NETWORKS, Conversion::Renamed),
    built("servicecidrs", NETWORKS, Conversion::Renamed),
    built("volumeattributesclasses", VOLUMES, Conversion::Renamed),
    built("deviceclasses", DEVICES, Conversion::Unknown),
    built("resourceclaims", DEVICES, Conversion::Unknown),
    built("resourceclaimtemplates", DEVICES, Conversion::Unknown),
    built("resourceslices", DEVICES, Conversion::Unknown),
];

/// Where v1 of an autoscaler keeps what it has no fields for.
const AUTOSCALER_REST: [&str; 2] = [
    "autoscaling.alpha.kubernetes.io/metrics",
    "autoscaling.alpha.kubernetes.io/behavior",
];

/// Fields of a core Event, and what they are called in `events.k8s.io`.
const EVENT_FIELDS: [(&str, &str); 8] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("reportingComponent", "reportingController"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("related", "related"),
];

/// A custom resource.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Custom {
    kind: String,
    namespaced: bool,
    /// The served versions, as the definition lists them.
    versions: Vec<String>,
    /// Versions differ in `apiVersion` alone.
    is_plain: bool,
}

/// The custom resources that are served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Served {
    /// By group and plural.
    custom: BTreeMap<(String, String), Custom>,
}

impl Served {
    /// Adds what a `CustomResourceDefinition` defines.
    pub(crate) fn add(&mut self, definition: &Object) {
        let Some((place, custom)) = custom(definition) else {
            return;
        };
        self.custom.insert(place, custom);
    }

    /// Takes away what a `CustomResourceDefinition` defined.
    pub(crate) fn remove(&mut self, definition: &Object) {
        if let Some((place, _)) = custom(definition) {
            self.custom.remove(&place);
        }
    }

    /// Whether objects of a custom kind live in namespaces, where its definition is known.
    pub(crate) fn is_namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        let found = self
            .custom
            .iter()
            .find(|((of, _), custom)| of == group && custom.kind == kind);
        found.map(|(_, custom)| custom.namespaced)
    }

    /// The other versions of a resource, in the order in which rules are held against them.
    pub(crate) fn others(&self, group: &str, version: &str, resource: &str) -> Vec<GroupVersion> {
        let own = (group, version);
        if let Some(known) = built_in(group, version, resource) {
            let others = known.served.iter().filter(|other| **other != own);
            return others
                .map(|(group, version)| ((*group).to_owned(), (*version).to_owned()))
                .collect();
        }
        let place = (group.to_owned(), resource.to_owned());
        let Some(custom) = self.custom.get(&place) else {
            return Vec::new();
        };
        let others = custom.versions.iter().filter(|other| *other != version);
        others
            .map(|other| (group.to_owned(), other.clone()))
            .collect()
    }

    /// An object of a resource in another of its versions, or why it cannot be told.
    pub(crate) fn converted(
        &self,
        object: &Value,
        (group, version, resource): (&str, &str, &str),
        to: &GroupVersion,
    ) -> Result<Value, String> {
        if object.is_null() || (group, version) == (to.0.as_str(), to.1.as_str()) {
            return Ok(object.clone());
        }
        let conversion = if let Some(known) = built_in(group, version, resource) {
            known.conversion
        } else {
            let place = (group.to_owned(), resource.to_owned());
            match self.custom.get(&place) {
                Some(custom) if custom.is_plain => Conversion::Renamed,
                _ => Conversion::Unknown,
            }
        };
        let mut converted = match conversion {
            Conversion::Renamed => object.clone(),
            Conversion::Autoscaler => autoscaler(object, &to.1)?,
            Conversion::Event => event(object, to.0.is_empty()),
            Conversion::Unknown => {
                return Err(format!(
                    "the policy is about {resource} in {}, and only the API server can convert from {version}",
                    named(to)
                ));
            }
        };
        if !converted.at("apiVersion").is_null() {
            converted.set("apiVersion", Value::from(named(to).as_str()));
        }
        Ok(converted)
    }
}

fn named((group, version): &GroupVersion) -> String {
    if group.is_empty() {
        version.clone()
    } else {
        format!("{group}/{version}")
    }
}

fn built_in(group: &str, version: &str, resource: &str) -> Option<&'static BuiltIn> {
    BUILT_IN
        .iter()
        .find(|known| known.resource == resource && known.served.contains(&(group, version)))
}

fn custom(definition: &Object) -> Option<((String, String), Custom)> {
    let value = definition.value();
    let group = value.text("spec.group")?.to_owned();
    let plural = value.text("spec.names.plural")?.to_owned();
    let versions = value
        .list("spec.versions")
        .iter()
        .filter(|version| version.flag("served") == Some(true))
        .filter_map(|version| version.text("name").map(str::to_owned))
        .collect();
    let custom = Custom {
        kind: value.text("spec.names.kind")?.to_owned(),
        namespaced: value.text("spec.scope") != Some("Cluster"),
        versions,
        is_plain: matches!(value.text("spec.conversion.strategy"), None | Some("None")),
    };
    Some(((group, plural), custom))
}

/// A `HorizontalPodAutoscaler` in another version. v1 knows the use of processors alone; what else v2 says is kept
/// there as text in annotations, which are not made or read here.
fn autoscaler(object: &Value, to: &str) -> Result<Value, String> {
    let refused = |what: &str| {
        format!("the autoscaler has {what}, which only the API server converts to {to}")
    };
    let mut converted = object.clone();
    if to == "v1" {
        if !object.at("spec.behavior").is_null() {
            return Err(refused("a behavior"));
        }
        let metrics = object.list("spec.metrics");
        let use_of = match metrics {
            [] => Value::Null,
            [metric] => {
                let target = metric.at("resource.target");
                let is_use = metric.text("type") == Some("Resource")
                    && metric.text("resource.name") == Some("cpu")
                    && target.text("type") == Some("Utilization");
                if !is_use {
                    return Err(refused("another metric than the use of cpu"));
                }
                target.at("averageUtilization").clone()
            }
            _ => return Err(refused("several metrics")),
        };
        converted.update("spec", |spec| {
            if spec.is_object() {
                spec.remove("metrics");
                if !use_of.is_null() {
                    spec.set("targetCPUUtilizationPercentage", use_of);
                }
            }
        });
    } else {
        if let Some(key) = AUTOSCALER_REST
            .into_iter()
            .find(|key| object.entry("metadata.annotations", key).is_some())
        {
            return Err(refused(&format!("the annotation {key}")));
        }
        let use_of = object.at("spec.targetCPUUtilizationPercentage").clone();
        converted.update("spec", |spec| {
            if spec.is_object() && !use_of.is_null() {
                spec.remove("targetCPUUtilizationPercentage");
                spec.set(
                    "metrics",
                    json!([{"type": "Resource", "resource": {"name": "cpu",
                            "target": {"type": "Utilization", "averageUtilization": use_of}}}]),
                );
            }
        });
    }
    // What was measured is no decision of anybody's, and its shape differs: a policy sees the counts alone.
    converted.update("status", |status| {
        if status.is_object() {
            for field in [
                "currentMetrics",
                "conditions",
                "currentCPUUtilizationPercentage",
            ] {
                status.remove(field);
            }
        }
    });
    Ok(converted)
}

/// An Event in the other group: the same fields under other names.
fn event(object: &Value, to_core: bool) -> Value {
    let mut converted = object.clone();
    if !converted.is_object() {
        return converted;
    }
    for (core, other) in EVENT_FIELDS {
        let (from, to) = if to_core {
            (other, core)
        } else {
            (core, other)
        };
        if from != to && !object.at(from).is_null() {
            converted.remove(from);
            converted.set(to, object.at(from).clone());
        }
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(strategy: &str) -> Object {
        let value = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "gadgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Cluster", "names": {"plural": "gadgets", "kind": "Gadget"},
                "conversion": {"strategy": strategy},
                "versions": [
                    {"name": "v2", "served": true, "storage": true},
                    {"name": "v1", "served": true},
                    {"name": "v1alpha1", "served": false}],
            },
        });
        Object::new(value, None).unwrap()
    }

    fn version(group: &str, version: &str) -> GroupVersion {
        (group.to_owned(), version.to_owned())
    }

    #[test]
    fn served_versions_of_a_definition_are_one_resource() {
        let mut served = Served::default();
        served.add(&definition("None"));
        assert_eq!(
            served.others("example.com", "v1", "gadgets"),
            [version("example.com", "v2")]
        );
        assert_eq!(served.is_namespaced("example.com", "Gadget"), Some(false));
        let object = json!({"apiVersion": "example.com/v1", "kind": "Gadget", "spec": {"size": 3}});
        let from = ("example.com", "v1", "gadgets");
        let converted = served.converted(&object, from, &version("example.com", "v2"));
        assert_eq!(
            converted,
            Ok(json!({"apiVersion": "example.com/v2", "kind": "Gadget", "spec": {"size": 3}}))
        );
        served.add(&definition("Webhook"));
        let err = served
            .converted(&object, from, &version("example.com", "v2"))
            .unwrap_err();
        assert!(err.contains("only the API server can convert"), "{err}");
        served.remove(&definition("Webhook"));
        assert!(served.others("example.com", "v1", "gadgets").is_empty());
    }

    #[test]
    fn an_autoscaler_goes_both_ways_where_it_is_about_processors_alone() {
        let v1 = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"},
            "spec": {"minReplicas": 1, "maxReplicas": 5, "targetCPUUtilizationPercentage": 80}});
        let v2 = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"},
            "spec": {"minReplicas": 1, "maxReplicas": 5, "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": 80}}}]}});
        let served = Served::default();
        let name = "horizontalpodautoscalers";
        let to = |object: &Value, from: &str, to: &str| {
            served.converted(
                object,
                ("autoscaling", from, name),
                &version("autoscaling", to),
            )
        };
        assert_eq!(to(&v1, "v1", "v2"), Ok(v2.clone()));
        assert_eq!(to(&v2, "v2", "v1"), Ok(v1));
        let mut behaving = v2.clone();
        behaving.update("spec", |spec| {
            spec.set("behavior", json!({"scaleDown": {}}));
        });
        assert!(
            to(&behaving, "v2", "v1")
                .unwrap_err()
                .contains("a behavior")
        );
        let mut memory = v2;
        memory.update("spec", |spec| {
            spec.set(
                "metrics",
                json!([{"type": "Resource", "resource": {"name": "memory"}}]),
            );
        });
        assert!(
            to(&memory, "v2", "v1")
                .unwrap_err()
                .contains("another metric")
        );
    }

    #[test]
    fn an_event_has_other_names_in_the_other_group() {
        let core = json!({"apiVersion": "v1", "kind": "Event", "involvedObject": {"name": "a"}, "message": "m", "count": 2});
        let served = Served::default();
        let there = version("events.k8s.io", "v1");
        let other = served
            .converted(&core, ("", "v1", "events"), &there)
            .unwrap();
        assert_eq!(
            other,
            json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "regarding": {"name": "a"}, "note": "m",
                "deprecatedCount": 2})
        );
        let back = served.converted(
            &other,
            ("events.k8s.io", "v1", "events"),
            &version("", "v1"),
        );
        assert_eq!(back, Ok(core));
    }
}
