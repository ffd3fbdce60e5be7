//! A desired object as the version of the API writes it in which the live one was read.
//!
//! A manifest may be of `autoscaling/v1` where the cluster answers in `autoscaling/v2`. Field by field the
//! two say nothing about each other, so desired is written anew where the way is known, and otherwise the
//! pair cannot be compared: guessing would tell false drift, and putting that "back" would do harm.

use std::borrow::Cow;

use catseye_model::{Fields as _, Value, json};

use crate::schema::Schemas;

/// Kinds whose fields are the same in these two versions of their group.
const SAME: &[(&str, &[&str], &str, &str)] = &[
    ("autoscaling", &["HorizontalPodAutoscaler"], "v2beta2", "v2"),
    ("batch", &["CronJob"], "v1beta1", "v1"),
    ("networking.k8s.io", &["IngressClass"], "v1beta1", "v1"),
    ("node.k8s.io", &["RuntimeClass"], "v1beta1", "v1"),
    (
        "rbac.authorization.k8s.io",
        &["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
        "v1beta1",
        "v1",
    ),
    ("scheduling.k8s.io", &["PriorityClass"], "v1beta1", "v1"),
    (
        "storage.k8s.io",
        &["StorageClass", "VolumeAttachment", "CSIDriver", "CSINode"],
        "v1beta1",
        "v1",
    ),
];

/// Annotations in which `autoscaling/v1` keeps what it has no fields for.
const AUTOSCALING_REST: &[&str] = &[
    "autoscaling.alpha.kubernetes.io/metrics",
    "autoscaling.alpha.kubernetes.io/behavior",
];

/// True when desired can be held against live as it was read. Where not, live has to be read in the version
/// of desired.
pub fn is_comparable(desired: &Value, live: &Value, schemas: &Schemas) -> bool {
    converted(desired, live, Some(schemas)).is_some()
}

/// Desired in the version of live; none where the way is not known. Without schemas nothing is known
/// of custom kinds.
pub(crate) fn converted<'d>(
    desired: &'d Value,
    live: &Value,
    schemas: Option<&Schemas>,
) -> Option<Cow<'d, Value>> {
    let own = desired.text("apiVersion").unwrap_or_default();
    let other = live.text("apiVersion").unwrap_or_default();
    if own == other || own.is_empty() || other.is_empty() {
        return Some(Cow::Borrowed(desired));
    }
    let kind = live.text("kind").unwrap_or_default();
    let (group, from) = own.split_once('/').unwrap_or(("", own));
    let (other_group, to) = other.split_once('/').unwrap_or(("", other));
    let is_same = SAME.iter().any(|(known, kinds, old, new)| {
        *known == group
            && group == other_group
            && kinds.contains(&kind)
            && [(from, to), (to, from)].contains(&(*old, *new))
    });
    let is_custom_same = group == other_group
        && schemas.is_some_and(|schemas| schemas.is_same_in_all_versions(group, kind));
    if is_same || is_custom_same {
        return Some(Cow::Borrowed(desired));
    }
    if (group, kind, from) == ("autoscaling", "HorizontalPodAutoscaler", "v1")
        && matches!(to, "v2" | "v2beta2")
    {
        return autoscaler(desired, other).map(Cow::Owned);
    }
    None
}

/// An autoscaler of version 1 in version 2. None where annotations hold metrics, in a form of their own.
fn autoscaler(desired: &Value, version: &str) -> Option<Value> {
    let has_rest = AUTOSCALING_REST
        .iter()
        .any(|name| desired.entry("metadata.annotations", name).is_some());
    if has_rest {
        return None;
    }
    let mut object = desired.clone();
    object.set("apiVersion", version.into());
    object.update("spec", |spec| {
        let share = spec.at("targetCPUUtilizationPercentage").clone();
        spec.remove("targetCPUUtilizationPercentage");
        if !share.is_null() {
            let target = json!({"type": "Utilization", "averageUtilization": serde_json::Value::from(&share)});
            let metric = json!({"type": "Resource",
                "resource": {"name": "cpu", "target": serde_json::Value::from(&target)}});
            spec.set("metrics", Value::Array(vec![metric].into()));
        }
    });
    Some(object)
}
