//! An object as admission sees it: what the API server sets where a manifest is silent, set.
//!
//! Most defaults are in the table. Some hold on a condition, some are taken from other fields, and some are set
//! on pods alone and not on templates of pods; those are here. What is given out (addresses, ports of nodes, uids)
//! stays away: nobody knows it before.

use catseye_model::value::Map;
use catseye_model::{Fields as _, Value};

use super::{Node, Schemas, TypeId};
use crate::given;

/// What admission sets on pods, and so not on templates of pods.
const OF_PODS: &[&str] = &[
    "enableServiceLinks",
    "preemptionPolicy",
    "priority",
    "serviceAccountName",
    "tolerations",
];

const CONTAINERS: &[&str] = &["containers", "initContainers", "ephemeralContainers"];

impl Schemas {
    /// The object with all defaults. A kind that is not known, and an object that an API server wrote, stays as
    /// it is.
    #[must_use]
    pub fn defaulted(&self, object: &Value) -> Value {
        let kind = object.text("kind").unwrap_or_default();
        let version = object.text("apiVersion").unwrap_or_default();
        let Some(root) = self.root(version, kind) else {
            return object.clone();
        };
        if object.has("metadata.uid") {
            return object.clone();
        }
        let mut object = object.clone();
        self.fill(&mut object, root, kind, "");
        of_kind(&mut object, kind);
        object
    }

    fn fill(&self, value: &mut Value, id: TypeId, kind: &str, path: &str) {
        if !value.is_object() {
            return;
        }
        for (name, field) in &self.of(id).fields {
            if let Some(default) = &field.default
                && value.at(name).is_null()
                && holds(value, kind, path, name)
            {
                value.set(name, default.clone());
            }
            if value.has(name) {
                let below = if path.is_empty() {
                    name.to_string()
                } else {
                    format!("{path}.{name}")
                };
                value.update(name, |value| {
                    self.fill_node(value, &field.node, kind, &below);
                });
            }
        }
    }

    fn fill_node(&self, value: &mut Value, node: &Node, kind: &str, path: &str) {
        match node {
            Node::Struct(id) => self.fill(value, *id, kind, path),
            Node::List(item) | Node::Set(item) | Node::Keyed { item, .. } => {
                each(value, |member| self.fill_node(member, item, kind, path));
            }
            Node::Map(item) => {
                let names: Vec<String> =
                    value.entries("").map(|(name, _)| name.to_owned()).collect();
                for name in names {
                    value.update(&name, |value| self.fill_node(value, item, kind, path));
                }
            }
            _ => {}
        }
    }
}

/// Changes every member of a list.
fn each(list: &mut Value, mut change: impl FnMut(&mut Value)) {
    let Some(members) = list.as_array() else {
        return;
    };
    let mut members = members.to_vec();
    for member in &mut members {
        change(member);
    }
    *list = Value::Array(members.into_iter().collect());
}

/// Whether a default of the table holds beside what else is said.
fn holds(parent: &Value, kind: &str, path: &str, field: &str) -> bool {
    if OF_PODS.contains(&field) && path.ends_with("spec") && path != "spec" {
        return false;
    }
    match (kind, field) {
        (_, "rollingUpdate") => parent.text("type").is_none_or(|it| it == "RollingUpdate"),
        ("Service", "sessionAffinityConfig") => parent.text("sessionAffinity") == Some("ClientIP"),
        ("Service", "internalTrafficPolicy") => parent.text("type") != Some("ExternalName"),
        // The server sets these on Jobs alone, not on templates of Jobs.
        (
            "CronJob",
            "backoffLimit" | "completionMode" | "completions" | "manualSelector" | "parallelism"
            | "suspend",
        ) => path != "spec.jobTemplate.spec",
        // One of the two says what the other is.
        ("Job", "completions") => !parent.has("parallelism"),
        _ => true,
    }
}

fn of_kind(object: &mut Value, kind: &str) {
    match kind {
        "Pod" => at(object, &["spec"], &mut |spec| pod_spec(spec, true)),
        "CronJob" => {
            let path = ["spec", "jobTemplate", "spec", "template", "spec"];
            at(object, &path, &mut |spec| pod_spec(spec, false));
        }
        "PodTemplate" => at(object, &["template", "spec"], &mut |spec| {
            pod_spec(spec, false);
        }),
        "Service" => at(object, &["spec", "ports"], &mut |ports| {
            each(ports, |port| {
                let number = port.at("port").clone();
                port.complete("targetPort", number);
            });
        }),
        "NetworkPolicy" => at(object, &["spec"], &mut |spec| {
            let mut types: Vec<Value> = vec!["Ingress".into()];
            if spec.list("egress").iter().next().is_some() {
                types.push("Egress".into());
            }
            spec.complete("policyTypes", Value::Array(types.into_iter().collect()));
        }),
        "RoleBinding" | "ClusterRoleBinding" => {
            at(object, &["roleRef"], &mut |role| {
                role.complete("apiGroup", "rbac.authorization.k8s.io");
            });
            at(object, &["subjects"], &mut |subjects| {
                each(subjects, |subject| {
                    if matches!(subject.text("kind"), Some("User" | "Group")) {
                        subject.complete("apiGroup", "rbac.authorization.k8s.io");
                    }
                });
            });
        }
        _ => {
            let path = ["spec", "template", "spec"];
            at(object, &path, &mut |spec| pod_spec(spec, false));
        }
    }
}

/// Changes what stands at a path, if something does.
fn at(value: &mut Value, path: &[&str], change: &mut dyn FnMut(&mut Value)) {
    let Some((first, rest)) = path.split_first() else {
        change(value);
        return;
    };
    if value.has(first) {
        value.update(first, |value| at(value, rest, change));
    }
}

fn pod_spec(spec: &mut Value, is_pod: bool) {
    if !spec.is_object() {
        return;
    }
    // A deprecated twin.
    if let Some(account) = spec.text("serviceAccountName").map(Value::from) {
        spec.complete("serviceAccount", account);
    }
    let on_host = spec.flag("hostNetwork") == Some(true);
    for list in CONTAINERS {
        at(spec, &[list], &mut |containers| {
            each(containers, |container| {
                of_container(container, is_pod, on_host);
            });
        });
    }
}

fn of_container(container: &mut Value, is_pod: bool, on_host: bool) {
    let image = container.text("image").unwrap_or_default().to_owned();
    container.complete("imagePullPolicy", given::pull_policy(&image));
    if !is_pod {
        return;
    }
    // Limits are requested unless something else is.
    let limits = container.at("resources.limits").clone();
    if let Some(limits) = limits.as_object().filter(|limits| !limits.is_empty()) {
        container.update("resources", |resources| {
            let mut requests = match resources.at("requests") {
                Value::Object(_) => resources.at("requests").clone(),
                _ => Value::Object(Map::default()),
            };
            for (name, amount) in limits {
                requests.complete(name, amount.clone());
            }
            resources.set("requests", requests);
        });
    }
    if on_host {
        at(container, &["ports"], &mut |ports| {
            each(ports, |port| {
                let number = port.at("containerPort").clone();
                port.complete("hostPort", number);
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
    fn defaulted(object: Value) -> Value {
        Schemas::builtin().defaulted(&object)
    }

    #[test]
    fn a_pod_gets_what_admission_gives_it() {
        let pod = defaulted(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "c", "image": "nginx", "resources": {"limits": {"cpu": "1"}},
                "ports": [{"containerPort": 80}]}]}}),
        );
        let container = &pod.list("spec.containers")[0];
        assert_eq!(container.text("imagePullPolicy"), Some("Always"));
        assert_eq!(container.text("resources.requests.cpu"), Some("1"));
        assert_eq!(container.list("ports")[0].text("protocol"), Some("TCP"));
        assert_eq!(pod.text("spec.serviceAccountName"), Some("default"));
        assert_eq!(pod.text("spec.restartPolicy"), Some("Always"));
    }

    #[test]
    fn a_template_is_no_pod() {
        let object = defaulted(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
            "spec": {"strategy": {"type": "Recreate"}, "template": {"spec": {
                "containers": [{"name": "c", "image": "nginx:1", "resources": {"limits": {"cpu": "1"}}}]}}}}),
        );
        let spec = object.at("spec.template.spec");
        assert_eq!(
            spec.list("containers")[0].text("imagePullPolicy"),
            Some("IfNotPresent")
        );
        assert!(!spec.list("containers")[0].has("resources.requests"));
        assert!(!spec.has("serviceAccountName"));
        assert!(!object.has("spec.strategy.rollingUpdate"));
        assert_eq!(object.at("spec.replicas"), &json!(1));
    }

    #[test]
    fn what_a_server_wrote_stays_as_it_is() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"uid": "1"}, "spec": {}});
        assert_eq!(defaulted(pod.clone()), pod);
    }
}
