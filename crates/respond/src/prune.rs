//! What may be deleted because nobody desires it, and what never is.
//!
//! A folder rarely says everything about a namespace, and never everything about a kind of the whole
//! cluster: one `ConfigMap` for `kube-system` in it makes its DNS an object that nobody desires. So
//! deleting is asked for in so many words, and even then what holds others, holds data or runs the cluster
//! is left to a person.

use catseye_model::ObjectKey;

/// The API groups of Kubernetes itself. Objects of other groups are an operator's, whose finalizers
/// decide what goes with them.
const BUILT_IN: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];

/// Why an object is not deleted, although nobody desires it; none for what may go.
pub fn refused(key: &ObjectKey) -> Option<&'static str> {
    if key.namespace.starts_with("kube-") {
        return Some("it is in a namespace of the cluster itself; delete it by hand");
    }
    if !BUILT_IN.contains(&key.group.as_str()) {
        return Some(
            "its kind is not built in, and its operator may take more along; delete it by hand",
        );
    }
    match key.kind.as_str() {
        "Namespace" | "CustomResourceDefinition" => {
            Some("deleting it would take everything in it along; delete it by hand")
        }
        "PersistentVolumeClaim" | "PersistentVolume" | "StatefulSet" => {
            Some("data hangs on it; delete it by hand")
        }
        "Node" | "APIService" => Some("the cluster runs on it; delete it by hand"),
        // kubeadm names what it makes for itself so; without it no node joins.
        _ if key.namespace.is_empty()
            && (key.name.starts_with("system:")
                || key.name.starts_with("kubeadm:")
                || matches!(
                    key.name.as_str(),
                    "admin" | "edit" | "view" | "cluster-admin"
                )) =>
        {
            Some("its name is one of the cluster's own; delete it by hand")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_others_or_data_or_runs_the_cluster_is_left_to_a_person() {
        for (group, kind, namespace, name, may_go) in [
            ("apps", "Deployment", "kube-system", "coredns", false),
            ("", "ConfigMap", "kube-public", "cluster-info", false),
            ("", "Namespace", "", "shop", false),
            ("", "PersistentVolumeClaim", "shop", "data", false),
            ("", "PersistentVolume", "", "data", false),
            ("apps", "StatefulSet", "shop", "db", false),
            (
                "apiextensions.k8s.io",
                "CustomResourceDefinition",
                "",
                "a.example.com",
                false,
            ),
            ("example.com", "Database", "shop", "db", false),
            // A kind that ends like a built-in group is still somebody's definition.
            (
                "gateway.networking.k8s.io",
                "HTTPRoute",
                "shop",
                "web",
                false,
            ),
            (
                "rbac.authorization.k8s.io",
                "ClusterRoleBinding",
                "",
                "kubeadm:node-proxier",
                false,
            ),
            (
                "rbac.authorization.k8s.io",
                "ClusterRoleBinding",
                "",
                "eve",
                true,
            ),
            ("apps", "Deployment", "shop", "backdoor", true),
        ] {
            let key = ObjectKey {
                group: group.to_owned(),
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            };
            assert_eq!(refused(&key).is_none(), may_go, "{key}");
        }
    }
}
