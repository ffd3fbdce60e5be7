//! What contains the damage where the way back is closed, until somebody has mended it: [`quarantine`] cuts
//! a workload off, [`hold`](crate::hold) denies further changes of what drifted.
//!
//! A control says until when it is meant to stand, and nothing in a cluster takes it away then: whoever runs
//! `catseye drift --remove-expired` does.
//!
//! [`quarantine`]: crate::quarantine

use catseye_drift::ledger::hash;
use catseye_drift::{Class, ObjectDrift};
use catseye_model::{Fields as _, ObjectKey, Value};
use jiff::{SignedDuration, Timestamp};

/// An object to apply, and how to be rid of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// What it does and what it does not, in a sentence.
    pub purpose: String,
    /// The objects, in the order in which to apply them. Deleting them undoes it.
    pub objects: Vec<Value>,
}

/// Why there is no control.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotContained {
    /// There is nothing to cut off.
    #[error("it has no pods")]
    NoPods,
    /// A policy that selects by nothing would cut off the whole namespace.
    #[error("its pods have no labels by which a policy could select them")]
    NoLabels,
    /// No policy reaches pods there.
    #[error("its pods are on the network of their node, where no policy reaches them")]
    HostNetwork,
    /// Others would be cut off, too.
    #[error("its labels select others too: {}", .0.join(", "))]
    Shared(Vec<String>),
    /// The drifted fields are none that two versions of the object could be compared by.
    #[error("admission cannot tell what drifted in it")]
    NoField,
    /// Nobody could change it any more.
    #[error("nobody would be left who may change it")]
    NoDeployer,
}

/// The annotation that says until when a control is meant to stand.
const EXPIRES: &str = "catseye.io/expires";
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const PREFIX: &str = "catseye-";

/// The kinds of objects that controls are made of, in the order in which to remove them: API group and kind.
pub const KINDS: [(&str, &str); 3] = [
    (
        "admissionregistration.k8s.io",
        "ValidatingAdmissionPolicyBinding",
    ),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("networking.k8s.io", "NetworkPolicy"),
];

/// Until when an object is meant to stand, if it is a part of a control.
pub fn stands_until(object: &Value) -> Option<Timestamp> {
    let is_ours = object
        .text("metadata.name")
        .is_some_and(|name| name.starts_with(PREFIX))
        && object.entry("metadata.labels", MANAGED_BY) == Some("catseye");
    let until = object.entry("metadata.annotations", EXPIRES)?;
    is_ours.then(|| until.parse().ok()).flatten()
}

/// The longest that a control is believed to be meant to stand.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 7);

/// True for a drift that is nothing but a control of ours that stands: nobody desires it, and it is to stay
/// until its time is over. Name, label and annotation are anybody's to write, so only what denies is
/// believed, and not for long.
pub fn is_standing(drift: &ObjectDrift, now: Timestamp) -> bool {
    let [difference] = drift.differences.as_slice() else {
        return false;
    };
    let group_and_kind = (drift.key.group.as_str(), drift.key.kind.as_str());
    difference.class == Class::Unmanaged
        && KINDS.contains(&group_and_kind)
        && difference.live.as_ref().is_some_and(|object| {
            let in_time = stands_until(object)
                .is_some_and(|until| until > now && until.duration_since(now) <= LONGEST);
            let denies =
                object.list("spec.ingress").is_empty() && object.list("spec.egress").is_empty();
            in_time && denies
        })
}

/// The metadata of an object of a control.
pub(crate) fn metadata(name: &str, namespace: &str, expires: Timestamp) -> serde_json::Value {
    let mut metadata = serde_json::json!({
        "name": name,
        "labels": {MANAGED_BY: "catseye"},
        "annotations": {EXPIRES: expires.to_string()},
    });
    if !namespace.is_empty() {
        metadata["namespace"] = namespace.into();
    }
    metadata
}

/// A name of at most 63 characters that holds what it is about as far as that fits, and is another for every
/// object: names of roles hold colons, and `a-b` of `c` reads like `b-c` of `a`.
pub(crate) fn name(what: &str, key: &ObjectKey) -> String {
    let whole = format!("{}/{}/{}/{}", key.group, key.kind, key.namespace, key.name);
    let digest = hash(&Value::from(whole)) & 0xffff_ffff;
    let mut name = format!("{PREFIX}{what}");
    for word in [&key.kind, &key.namespace, &key.name] {
        if word.is_empty() {
            continue;
        }
        name.push('-');
        for c in word.chars() {
            let c = c.to_ascii_lowercase();
            name.push(if c.is_ascii_alphanumeric() { c } else { '-' });
        }
    }
    name.truncate(54);
    format!("{}-{digest:08x}", name.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    fn key(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectKey {
        ObjectKey {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn every_object_has_a_name_of_its_own_that_the_server_takes() {
        let long = "x".repeat(253);
        let keys = [
            key("apps", "Deployment", "shop", "a-b"),
            key("apps", "Deployment", "shop-a", "b"),
            key("example.com", "Deployment", "shop", "a-b"),
            key(
                "rbac.authorization.k8s.io",
                "ClusterRole",
                "",
                "system:Node.x:",
            ),
            key("", "ConfigMap", "shop", &long),
        ];
        let mut names: Vec<String> = keys.iter().map(|key| name("hold", key)).collect();
        for name in &names {
            let is_plain = name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(
                is_plain && name.len() <= 63 && !name.ends_with('-'),
                "{name}"
            );
        }
        assert!(names[0].starts_with("catseye-hold-deployment-shop-a-b-"));
        names.sort();
        names.dedup();
        assert_eq!(names.len(), keys.len());
    }

    #[test]
    fn only_what_we_made_expires() {
        let expires = Timestamp::UNIX_EPOCH;
        let object = |name: &str, by: &str| {
            let mut metadata = metadata(name, "shop", expires);
            metadata["labels"][MANAGED_BY] = by.into();
            json!({"metadata": metadata})
        };
        assert_eq!(
            stands_until(&object("catseye-hold-a", "catseye")),
            Some(expires)
        );
        assert_eq!(stands_until(&object("catseye-hold-a", "helm")), None);
        assert_eq!(stands_until(&object("default-deny", "catseye")), None);
    }
}
