//! The node authorizer.

use catseye_rbac::{Identity, Rbac, Request};
use serde_json::json;

use crate::written::only;

fn cluster() -> Rbac {
    only(vec![
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}),
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "empty"}}),
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {
                "nodeName": "n1", "serviceAccountName": "web",
                "imagePullSecrets": [{"name": "registry"}],
                "initContainers": [{"name": "i", "env": [
                    {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}},
                ]}],
                "containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "env"}}]}],
                "volumes": [
                    {"name": "tls", "secret": {"secretName": "tls"}},
                    {"name": "p", "projected": {"sources": [{"secret": {"name": "projected"}}]}},
                    {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
                    {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
                ],
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "mirror", "namespace": "shop", "annotations": {"kubernetes.io/config.mirror": "x"}},
            "spec": {"nodeName": "n1", "serviceAccountName": "boss", "volumes": [{"name": "s", "secret": {"secretName": "crown"}}]},
        }),
        json!({
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv1"},
            "spec": {
                "claimRef": {"namespace": "shop", "name": "data"},
                "csi": {"nodeStageSecretRef": {"namespace": "storage", "name": "mount"}, "controllerPublishSecretRef": {"namespace": "storage", "name": "attach"}},
            },
        }),
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": "va"},
            "spec": {"nodeName": "n1"},
        }),
        json!({
            "apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": {"name": "slice"},
            "spec": {"nodeName": "n1"},
        }),
    ])
}

#[test]
fn a_node_reaches_what_its_pods_refer_to() {
    let rbac = cluster();
    let node = Identity::node("n1");
    for (verb, resource, namespace, name, expected) in [
        ("get", "secrets", "shop", "tls", true),
        ("list", "secrets", "shop", "env", true),
        ("watch", "secrets", "shop", "projected", true),
        ("get", "secrets", "shop", "registry", true),
        ("get", "secrets", "storage", "mount", true),
        ("get", "secrets", "storage", "attach", false),
        ("get", "secrets", "shop", "crown", false),
        ("get", "secrets", "shop", "other", false),
        ("list", "secrets", "shop", "", false),
        ("update", "secrets", "shop", "tls", false),
        ("get", "configmaps", "shop", "settings", true),
        ("get", "configmaps", "bank", "settings", false),
        ("get", "persistentvolumeclaims", "shop", "data", true),
        ("get", "persistentvolumeclaims", "shop", "web-scratch", true),
        (
            "patch",
            "persistentvolumeclaims/status",
            "shop",
            "data",
            true,
        ),
        ("get", "persistentvolumes", "", "pv1", true),
        ("create", "serviceaccounts/token", "shop", "web", true),
        ("create", "serviceaccounts/token", "shop", "boss", false),
        ("get", "serviceaccounts", "shop", "web", true),
        ("get", "pods", "shop", "web", true),
        ("get", "pods", "shop", "mirror", true),
        ("get", "pods", "shop", "elsewhere", false),
        ("create", "pods", "shop", "", true),
        ("create", "pods/eviction", "shop", "any", true),
        ("create", "pods/exec", "shop", "web", false),
        ("get", "nodes", "", "n1", true),
        ("get", "nodes", "", "empty", false),
        ("patch", "nodes/status", "", "n1", true),
        ("list", "services", "", "", true),
        ("get", "endpoints", "shop", "web", true),
        ("list", "deployments", "shop", "", false),
    ] {
        let request = Request::resource(verb, "", resource)
            .named(name)
            .in_namespace(namespace);
        assert_eq!(
            rbac.decide(&node, &request),
            expected,
            "{verb} {resource} {namespace}/{name}"
        );
        let bound = rbac.bind(&node);
        assert_eq!(rbac.may(&bound, &rbac.ask(&request)), expected);
        assert_eq!(!rbac.explain(&node, &request).is_empty(), expected);
    }
}

#[test]
fn a_node_keeps_its_own_lease_registration_and_slices() {
    let rbac = cluster();
    for (verb, group, resource, namespace, name, expected) in [
        (
            "update",
            "coordination.k8s.io",
            "leases",
            "kube-node-lease",
            "n1",
            true,
        ),
        (
            "update",
            "coordination.k8s.io",
            "leases",
            "kube-node-lease",
            "empty",
            false,
        ),
        (
            "create",
            "coordination.k8s.io",
            "leases",
            "kube-node-lease",
            "",
            true,
        ),
        (
            "get",
            "coordination.k8s.io",
            "leases",
            "kube-system",
            "n1",
            false,
        ),
        ("get", "storage.k8s.io", "csinodes", "", "n1", true),
        ("get", "storage.k8s.io", "csinodes", "", "empty", false),
        ("get", "storage.k8s.io", "volumeattachments", "", "va", true),
        (
            "delete",
            "resource.k8s.io",
            "resourceslices",
            "",
            "slice",
            true,
        ),
        (
            "create",
            "certificates.k8s.io",
            "certificatesigningrequests",
            "",
            "",
            true,
        ),
    ] {
        let request = Request::resource(verb, group, resource)
            .named(name)
            .in_namespace(namespace);
        let found = rbac.decide(&Identity::node("n1"), &request);
        assert_eq!(found, expected, "{verb} {resource} {namespace}/{name}");
    }
}

#[test]
fn nodes_share_nothing_and_need_their_group() {
    let rbac = cluster();
    let tls = Request::resource("get", "", "secrets")
        .named("tls")
        .in_namespace("shop");
    for identity in [
        Identity::node("empty"),
        Identity::node("unknown"),
        Identity::user("system:node:n1", None::<String>),
        Identity::member_of("system:nodes"),
    ] {
        assert!(!rbac.decide(&identity, &tls), "{identity:?}");
    }
    let holders = rbac.who_can(&tls);
    let who: Vec<String> = holders
        .iter()
        .map(|holder| holder.subject.to_string())
        .collect();
    assert_eq!(who, ["User system:node:n1", "Group system:masters"]);
    assert!(rbac.related_to_node("empty").next().is_none());
    assert!(
        rbac.related_to_node("n1")
            .any(|related| related == ("secrets", "shop", "tls"))
    );
}
