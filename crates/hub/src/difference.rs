//! What is different between two versions of one object, as far as judgements care.

use catseye_model::Value;
use catseye_model::value::Map;
use catseye_model::{Fields, Kind, Object};

/// How much of an object changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Difference {
    /// Nothing at all.
    Nothing,
    /// Bookkeeping: versions, heartbeats, who manages which field.
    Bookkeeping,
    /// What was observed of it: only judgements of the object itself can change.
    Status,
    /// What it is: judgements of others can change too.
    Content,
}

/// Fields of `metadata` that say nothing about what the object is.
const BOOKKEEPING: [&str; 4] = ["resourceVersion", "managedFields", "generation", "selfLink"];

/// Annotations by which controllers keep their books.
const BOOKS: [&str; 4] = [
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "control-plane.alpha.kubernetes.io/leader",
];

/// What is different.
pub(crate) fn difference(before: &Object, after: &Object) -> Difference {
    let (old, new) = (before.value(), after.value());
    if old == new {
        return Difference::Nothing;
    }
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return Difference::Content;
    };
    if differ_apart(old, new, &["metadata", "status"]) {
        return Difference::Content;
    }
    let metadata = (before.value().at("metadata"), after.value().at("metadata"));
    if let (Value::Object(old), Value::Object(new)) = metadata {
        let mut apart: Vec<&str> = BOOKKEEPING.to_vec();
        apart.push("annotations");
        let annotations = (
            before.value().at("metadata.annotations"),
            after.value().at("metadata.annotations"),
        );
        let books = match annotations {
            (Value::Object(old), Value::Object(new)) => differ_apart(old, new, &BOOKS),
            (old, new) => old != new,
        };
        if books || differ_apart(old, new, &apart) {
            return Difference::Content;
        }
    } else if metadata.0 != metadata.1 {
        return Difference::Content;
    }
    let status = (before.value().at("status"), after.value().at("status"));
    if status.0 == status.1 {
        return Difference::Bookkeeping;
    }
    match after.kind() {
        // A door to the outside opens when its address is given out.
        Kind::Service | Kind::Ingress | Kind::Gateway => Difference::Content,
        // A pod that has run, a job that is done, leave nothing to attack.
        Kind::Pod if is_over(before) != is_over(after) => Difference::Content,
        Kind::Job
            if before.value().has("status.completionTime")
                != after.value().has("status.completionTime") =>
        {
            Difference::Content
        }
        Kind::Node if node_facts(before) != node_facts(after) => Difference::Content,
        Kind::Node => Difference::Bookkeeping,
        _ => Difference::Status,
    }
}

fn is_over(pod: &Object) -> bool {
    matches!(
        pod.value().text("status.phase"),
        Some("Succeeded" | "Failed")
    )
}

/// What matters of a node's status: not its heartbeats.
fn node_facts(node: &Object) -> (&Value, &Value, Vec<(Option<&str>, Option<&str>)>) {
    let status = node.value().at("status");
    let conditions = status
        .list("conditions")
        .iter()
        .map(|condition| (condition.text("type"), condition.text("status")))
        .collect();
    (status.at("nodeInfo"), status.at("addresses"), conditions)
}

/// True when two mappings differ in an entry that is none of these.
fn differ_apart(old: &Map, new: &Map, apart: &[&str]) -> bool {
    let rest = |map: &Map| {
        map.keys()
            .filter(|key| !apart.contains(&key.as_str()))
            .count()
    };
    rest(old) != rest(new)
        || old
            .iter()
            .filter(|(key, _)| !apart.contains(&key.as_str()))
            .any(|(key, value)| new.get(key) != Some(value))
}

/// Objects of these kinds say nothing about others.
pub(crate) fn is_inert(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Event | Kind::Lease | Kind::ControllerRevision | Kind::EndpointSlice
    )
}

/// A change of such an object changes no way of attack.
pub(crate) fn is_beside_the_graph(kind: Kind) -> bool {
    is_inert(kind)
        || matches!(
            kind,
            Kind::HorizontalPodAutoscaler
                | Kind::PodDisruptionBudget
                | Kind::ResourceQuota
                | Kind::LimitRange
                | Kind::PriorityClass
        )
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    fn object(kind: &str, metadata: Value, status: Value, replicas: u8) -> Object {
        let api_version = if kind == "Deployment" {
            "apps/v1"
        } else {
            "v1"
        };
        let value = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata,
            "spec": {"replicas": replicas}, "status": status});
        Object::new(value, None).unwrap()
    }

    #[test]
    fn differences_are_told_apart() {
        let base = |kind| {
            object(
                kind,
                json!({"name": "a", "resourceVersion": "1"}),
                json!({}),
                1,
            )
        };
        let deployment = base("Deployment");
        for (other, expected) in [
            (base("Deployment"), Difference::Nothing),
            (
                object(
                    "Deployment",
                    json!({"name": "a", "resourceVersion": "2", "managedFields": []}),
                    json!({}),
                    1,
                ),
                Difference::Bookkeeping,
            ),
            (
                object(
                    "Deployment",
                    json!({"name": "a"}),
                    json!({"replicas": 1}),
                    1,
                ),
                Difference::Status,
            ),
            (
                object("Deployment", json!({"name": "a"}), json!({}), 2),
                Difference::Content,
            ),
            (
                object(
                    "Deployment",
                    json!({"name": "a", "labels": {"a": "b"}}),
                    json!({}),
                    1,
                ),
                Difference::Content,
            ),
        ] {
            assert_eq!(difference(&deployment, &other), expected);
        }
        let over = object("Pod", json!({"name": "a"}), json!({"phase": "Failed"}), 1);
        assert_eq!(difference(&base("Pod"), &over), Difference::Content);
        let beat = |time| {
            let conditions =
                json!([{"type": "Ready", "status": "True", "lastHeartbeatTime": time}]);
            object(
                "Node",
                json!({"name": "a"}),
                json!({"conditions": conditions}),
                1,
            )
        };
        assert_eq!(difference(&beat("1"), &beat("2")), Difference::Bookkeeping);
    }
}
