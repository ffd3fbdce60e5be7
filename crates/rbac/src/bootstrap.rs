//! What every cluster has without being told: the roles and bindings that the API server writes when
//! it starts, and mends when someone changes them.
//!
//! The data is that of Kubernetes 1.36 with its default features, one object a line, made by
//! `cargo xtask bootstrap-policy`. It stands in for what a folder of manifests cannot hold, and it
//! tells which bindings of a cluster are nobody's doing.

use std::sync::LazyLock;

use catseye_model::Value;
use catseye_model::{Completeness, Fields as _, Inventory, Kind, Object};

use crate::subject::Subject;

/// The Kubernetes version that the data describes.
pub(crate) const VERSION: &str = "1.36";

static POLICY: LazyLock<Vec<Object>> = LazyLock::new(|| {
    include_str!("bootstrap/policy.jsonl")
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|value| Object::new(value, None).ok())
        .collect()
});

/// What kubeadm adds to the bootstrap policy when it sets up a cluster.
const KUBEADM: [(&str, &str); 10] = [
    ("kubeadm:cluster-admins", "kubeadm:cluster-admins"),
    (
        "kubeadm:get-nodes",
        "system:bootstrappers:kubeadm:default-node-token",
    ),
    (
        "kubeadm:kubelet-bootstrap",
        "system:bootstrappers:kubeadm:default-node-token",
    ),
    (
        "kubeadm:node-autoapprove-bootstrap",
        "system:bootstrappers:kubeadm:default-node-token",
    ),
    (
        "kubeadm:node-autoapprove-certificate-rotation",
        "system:nodes",
    ),
    ("kubeadm:kubelet-config", "system:nodes"),
    (
        "kubeadm:kubelet-config",
        "system:bootstrappers:kubeadm:default-node-token",
    ),
    ("kubeadm:nodes-kubeadm-config", "system:nodes"),
    (
        "kubeadm:nodes-kubeadm-config",
        "system:bootstrappers:kubeadm:default-node-token",
    ),
    ("kubeadm:bootstrap-signer-clusterinfo", "system:anonymous"),
];

/// The bootstrap policy as far as an Inventory needs it to be complete. A cluster's own objects are
/// the whole truth, unless the dump left out cluster roles altogether.
pub(crate) fn missing_from(inventory: &Inventory) -> &'static [Object] {
    let has_roles = inventory.of_kind(Kind::ClusterRole).next().is_some();
    if inventory.completeness() == Completeness::Cluster && has_roles {
        &[]
    } else {
        &POLICY
    }
}

/// The rules of the cluster role of that name.
pub(crate) fn rules_of(cluster_role: &str) -> &'static [Value] {
    find(Kind::ClusterRole, "", cluster_role).map_or(&[], |role| role.value().list("rules"))
}

fn find(kind: Kind, namespace: &str, name: &str) -> Option<&'static Object> {
    POLICY.iter().find(|object| {
        object.kind() == kind && object.name() == name && object.namespace() == namespace
    })
}

fn is_labelled(object: &Object) -> bool {
    object.label("kubernetes.io/bootstrapping") == Some("rbac-defaults")
}

/// True for a role that the API server wrote. The label alone proves nothing, as anybody can write
/// it; the names of other versions' roles are all `system:` ones.
pub(crate) fn is_default_role(object: &Object) -> bool {
    let known = find(object.kind(), object.namespace(), object.name()).is_some();
    let is_kubeadm = KUBEADM.iter().any(|(name, _)| *name == object.name());
    is_kubeadm || is_labelled(object) && (known || object.name().starts_with("system:"))
}

/// True when the bootstrap policy, or kubeadm, names this subject in this binding.
///
/// The policy of other versions is not known: there a labelled binding is taken for a default where
/// it names a `system:` user or group, or binds a controller's own account of `kube-system`. A
/// subject that someone added to `cluster-admin` is neither.
pub(crate) fn is_default_binding(object: &Object, subject: &Subject) -> bool {
    let name = object.name();
    let is_kubeadm = KUBEADM.iter().any(|(binding, who)| {
        *binding == name && matches!(subject, Subject::User(s) | Subject::Group(s) if s == who)
    });
    if is_kubeadm {
        return true;
    }
    if !is_labelled(object) {
        return false;
    }
    if let Some(known) = find(object.kind(), object.namespace(), name) {
        return known.value().list("subjects").iter().any(|written| {
            let who = written.text("name").unwrap_or_default();
            let written = match (written.text("kind"), written.text("namespace")) {
                (Some("ServiceAccount"), Some(namespace)) => {
                    Subject::service_account(namespace, who)
                }
                (Some("Group"), _) => Subject::group(who),
                _ => Subject::user(who),
            };
            written == *subject
        });
    }
    match subject {
        Subject::ServiceAccount {
            namespace,
            name: account,
        } => namespace == "kube-system" && name.strip_prefix("system:controller:") == Some(account),
        Subject::User(_) | Subject::Group(_) => {
            name.starts_with("system:") && subject.is_system() && !is_everyone(subject)
        }
    }
}

/// Groups that a binding must never be taken to hold by itself.
fn is_everyone(subject: &Subject) -> bool {
    matches!(subject, Subject::Group(name) if matches!(
        name.as_str(),
        "system:authenticated" | "system:unauthenticated" | "system:serviceaccounts"
    )) || *subject == Subject::user("system:anonymous")
}

#[cfg(test)]
mod tests {
    use catseye_model::json;

    use super::*;

    fn binding(name: &str, labelled: bool) -> Object {
        let labels = if labelled {
            json!({"kubernetes.io/bootstrapping": "rbac-defaults"})
        } else {
            Value::Null
        };
        let value = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
            "metadata": {"name": name, "labels": labels},
        });
        Object::new(value, None).unwrap()
    }

    #[test]
    fn every_line_of_the_policy_is_an_object() {
        let lines = include_str!("bootstrap/policy.jsonl").lines().count();
        assert_eq!(POLICY.len(), lines);
        assert!(find(Kind::ClusterRole, "", "cluster-admin").is_some());
        assert!(
            find(
                Kind::Role,
                "kube-public",
                "system:controller:bootstrap-signer"
            )
            .is_some()
        );
        assert!(!rules_of("system:node").is_empty());
    }

    #[test]
    fn a_label_does_not_make_a_binding_a_default() {
        let sa = Subject::service_account;
        for (name, labelled, subject, expected) in [
            (
                "cluster-admin",
                true,
                Subject::group("system:masters"),
                true,
            ),
            (
                "cluster-admin",
                false,
                Subject::group("system:masters"),
                false,
            ),
            ("cluster-admin", true, sa("kube-system", "default"), false),
            (
                "system:controller:job-controller",
                true,
                sa("kube-system", "job-controller"),
                true,
            ),
            (
                "system:controller:of-another-version",
                true,
                sa("kube-system", "of-another-version"),
                true,
            ),
            (
                "system:controller:of-another-version",
                true,
                sa("shop", "of-another-version"),
                false,
            ),
            (
                "system:of-another-version",
                true,
                Subject::user("system:kube-scheduler"),
                true,
            ),
            (
                "system:of-another-version",
                true,
                Subject::group("system:authenticated"),
                false,
            ),
            (
                "system:of-another-version",
                true,
                Subject::user("ann"),
                false,
            ),
            ("mine", true, Subject::group("system:masters"), false),
            (
                "kubeadm:get-nodes",
                false,
                Subject::group("system:bootstrappers:kubeadm:default-node-token"),
                true,
            ),
            ("kubeadm:get-nodes", false, Subject::group("dev"), false),
        ] {
            let found = is_default_binding(&binding(name, labelled), &subject);
            assert_eq!(found, expected, "{name} {subject}");
        }
    }
}
