//! What the server makes of what it is given: values that no table can hold, because they are taken from
//! other fields, from the name, or from a pool.

use catseye_model::value::Text;
use catseye_model::{Fields as _, ImageReference, Value};

use crate::path::{Path, Step};

/// Fields whose value the server or its controllers choose once.
const ALLOCATED: &[(&str, &[&str])] = &[
    (
        "Service",
        &[
            "clusterIP",
            "clusterIPs",
            "ipFamilies",
            "ipFamilyPolicy",
            "nodePort",
            "healthCheckNodePort",
            "allocateLoadBalancerNodePorts",
            "externalTrafficPolicy",
            "loadBalancerClass",
        ],
    ),
    (
        "PersistentVolumeClaim",
        &["volumeName", "storageClassName", "volumeMode"],
    ),
    (
        "PersistentVolume",
        &["claimRef", "nodeAffinity", "storageClassName"],
    ),
    ("Job", &["selector", "suspend"]),
    (
        "Pod",
        &[
            "nodeName",
            "priority",
            "preemptionPolicy",
            "serviceAccountName",
            "serviceAccount",
            "tolerations",
            "hostname",
        ],
    ),
    ("Node", &["podCIDR", "podCIDRs", "providerID"]),
    // The class that the cluster marks as its default.
    ("Ingress", &["ingressClassName"]),
];

pub(crate) fn is_allocated(kind: &str, field: &str) -> bool {
    ALLOCATED
        .iter()
        .any(|(name, fields)| *name == kind && fields.contains(&field))
}

/// True when the server itself gives this live value where desired is silent. `desired` and `parent` are
/// the two mappings, or lists, in which it stands.
pub(crate) fn by_server(
    kind: &str,
    path: &Path,
    desired: &Value,
    parent: &Value,
    live: &Value,
) -> bool {
    match path.0.last() {
        Some(Step::Field(field)) => field_by_server(kind, path, field, desired, parent, live),
        Some(Step::Keyed(_)) => token_mount(kind, path, live),
        Some(Step::Index(_)) => {
            kind == "Pod" && path.last_field() == "tolerations" && is_node_toleration(live)
        }
        _ => false,
    }
}

fn field_by_server(
    kind: &str,
    path: &Path,
    field: &Text,
    desired: &Value,
    parent: &Value,
    live: &Value,
) -> bool {
    match field.as_str() {
        "imagePullPolicy" => [desired, parent].into_iter().any(|container| {
            container
                .text("image")
                .is_some_and(|image| *live == pull_policy(image))
        }),
        // A deprecated twin.
        "serviceAccount" => parent.get("serviceAccountName") == Some(live),
        "deprecatedServiceAccount" | "creationTimestamp" | "podReplacementPolicy" => true,
        // Given with the type, whoever sets that.
        "externalTrafficPolicy" => kind == "Service" && *live == "Cluster",
        "targetPort" => parent.get("port") == Some(live),
        "hostPort" => parent.get("containerPort") == Some(live) && kind != "Service",
        // Limits are requested unless something else is.
        "requests" => live.as_object().is_some_and(|requests| {
            requests
                .iter()
                .all(|(name, amount)| parent.at("limits").get(name) == Some(amount))
        }),
        "apiGroup" if path.is_below("subjects") => {
            let wanted = match parent.text("kind") {
                Some("User" | "Group") => "rbac.authorization.k8s.io",
                _ => "",
            };
            *live == wanted
        }
        "apiGroup" if path.is_below("roleRef") => *live == "rbac.authorization.k8s.io",
        // The controller writes the sum of the roles that the labels select.
        "rules" if kind == "ClusterRole" => parent.has("aggregationRule"),
        "policyTypes" if kind == "NetworkPolicy" => {
            let types: &[&str] = if parent.list("egress").is_empty() {
                &["Ingress"]
            } else {
                &["Ingress", "Egress"]
            };
            *live == serde_json::json!(types)
        }
        "scaleUp" | "scaleDown" if path.is_below("spec.behavior") => live
            .entries("")
            .all(|(name, value)| is_usual_scaling(field, name, value)),
        "policies" if path.is_below("spec.behavior") => {
            let direction = path.fields().nth(2).unwrap_or_default();
            is_usual_scaling(direction, field, live)
        }
        "partition" if kind == "StatefulSet" => *live == 0_i64,
        "preserveUnknownFields" | "deprecated" if kind == "CustomResourceDefinition" => {
            *live == false
        }
        "priority" if kind == "CustomResourceDefinition" => *live == 0_i64,
        "finalizers" if kind == "Namespace" => *live == serde_json::json!(["kubernetes"]),
        "listKind" if kind == "CustomResourceDefinition" => parent
            .text("kind")
            .is_some_and(|kind| *live == format!("{kind}List")),
        "singular" if kind == "CustomResourceDefinition" => parent
            .text("kind")
            .is_some_and(|kind| *live == kind.to_lowercase()),
        // The Job controller marks the pods as its own.
        "controller-uid"
        | "job-name"
        | "batch.kubernetes.io/controller-uid"
        | "batch.kubernetes.io/job-name"
        | "batch.kubernetes.io/job-tracking" => kind == "Job",
        "status" | "apiVersion" | "kind" => path.is_below("spec.volumeClaimTemplates"),
        "deprecated.daemonset.template.generation" => kind == "DaemonSet",
        "secrets" => kind == "ServiceAccount" && only_tokens(live),
        _ => false,
    }
}

/// What the server completes in the behaviour of an autoscaler, once there is some.
fn is_usual_scaling(direction: &str, field: &str, live: &Value) -> bool {
    let is_up = direction == "scaleUp";
    match field {
        "selectPolicy" => *live == "Max",
        "stabilizationWindowSeconds" => is_up && *live == 0_i64,
        "policies" => {
            let percent = serde_json::json!({"type": "Percent", "value": 100, "periodSeconds": 15});
            let pods = serde_json::json!({"type": "Pods", "value": 4, "periodSeconds": 15});
            let usual = if is_up {
                vec![pods, percent]
            } else {
                vec![percent]
            };
            let members = live.as_array().unwrap_or_default();
            members.len() == usual.len() && usual.iter().all(|it| members.iter().any(|is| is == it))
        }
        _ => false,
    }
}

/// Entries that the token controller writes into a Secret of its type.
pub(crate) fn is_of_token_controller(object: &Value, path: &Path) -> bool {
    let mut fields = path.fields();
    let mut next = || fields.next().unwrap_or_default();
    object.text("kind") == Some("Secret")
        && object.text("type") == Some("kubernetes.io/service-account-token")
        && match (next(), next(), next()) {
            ("data", entry, "") => matches!(entry, "token" | "namespace" | "ca.crt"),
            ("metadata", "annotations", entry) => entry == "kubernetes.io/service-account.uid",
            _ => false,
        }
}

/// Registries and the token controller write such references into service accounts.
fn only_tokens(secrets: &Value) -> bool {
    secrets.as_array().unwrap_or_default().iter().all(|secret| {
        secret
            .text("name")
            .is_some_and(|name| name.contains("-token-") || name.contains("-dockercfg-"))
    })
}

/// `Always` for what may change under the same name.
pub(crate) fn pull_policy(image: &str) -> &'static str {
    match ImageReference::parse(image) {
        Ok(image) if image.digest().is_none() && image.tag().is_none_or(|tag| tag == "latest") => {
            "Always"
        }
        _ => "IfNotPresent",
    }
}

/// The token that admission mounts into pods.
fn token_mount(kind: &str, path: &Path, live: &Value) -> bool {
    kind == "Pod"
        && match path.last_field() {
            "volumes" => live
                .text("name")
                .is_some_and(|name| name.starts_with("kube-api-access-")),
            "volumeMounts" => {
                *live.at("mountPath") == "/var/run/secrets/kubernetes.io/serviceaccount"
            }
            _ => false,
        }
}

fn is_node_toleration(live: &Value) -> bool {
    live.text("key")
        .is_some_and(|key| key.starts_with("node.kubernetes.io/"))
}
