//! Permissions merged for people.

use catseye_rbac::{Identity, Permission, Rbac};
use serde_json::json;

use crate::written::{bind, bind_cluster, cluster_role, only, rule};

fn told(rbac: &Rbac, identity: &Identity) -> Vec<String> {
    let line = |permission: &Permission| {
        let Permission {
            api_groups,
            resources,
            names,
            non_resource_urls,
            verbs,
        } = permission;
        if resources.is_empty() {
            return format!("{} {}", verbs.join(","), non_resource_urls.join(","));
        }
        let names = if names.is_empty() {
            String::new()
        } else {
            format!(" named {}", names.join(","))
        };
        format!(
            "{} {} in [{}]{names}",
            verbs.join(","),
            resources.join(","),
            api_groups.join(",")
        )
    };
    rbac.permissions(identity)
        .iter()
        .flat_map(|scoped| {
            scoped
                .permissions
                .iter()
                .map(move |permission| format!("{}: {}", scoped.scope, line(permission)))
        })
        .collect()
}

#[test]
fn rules_are_merged_and_the_covered_ones_left_out() {
    let rbac = only(vec![
        cluster_role(
            "wide",
            json!([
                rule(&["get", "list"], &["pods"]),
                rule(&["list"], &["secrets"]),
                rule(&["get"], &["secrets"]),
                {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["covered"]},
                {"verbs": ["update"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["b", "a"]},
                {"verbs": ["update"], "apiGroups": ["apps"], "resources": ["deployments/scale"]},
                {"verbs": ["update", "patch"], "apiGroups": ["*"], "resources": ["*/scale"]},
                {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/healthz/*", "/healthz/etcd"]},
            ]),
        ),
        cluster_role(
            "narrow",
            json!([
                rule(&["get", "watch"], &["pods"]),
                rule(&["get"], &["configmaps", "pods/log"]),
            ]),
        ),
        bind_cluster("1", "wide", &["user:ann"]),
        bind("shop", "2", "ClusterRole/narrow", &["user:ann"]),
    ]);
    assert_eq!(
        told(&rbac, &Identity::user("ann", None::<String>)),
        [
            "cluster-wide: get,list pods,secrets in []",
            "cluster-wide: update secrets in [] named a,b",
            "cluster-wide: patch,update */scale in [*]",
            "cluster-wide: get /healthz,/healthz/*",
            "in namespace shop: get configmaps,pods/log in []",
            "in namespace shop: watch pods in []",
        ],
    );
}

#[test]
fn everything_is_one_line() {
    let rbac = only(vec![
        cluster_role(
            "admin",
            json!([
                {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
                {"verbs": ["*"], "nonResourceURLs": ["*"]},
                rule(&["get", "*"], &["pods"]),
            ]),
        ),
        bind_cluster("1", "admin", &["user:ann"]),
        bind("shop", "2", "ClusterRole/admin", &["user:ann"]),
    ]);
    assert_eq!(
        told(&rbac, &Identity::user("ann", None::<String>)),
        ["cluster-wide: * * in [*]", "cluster-wide: * *"],
    );
    assert_eq!(told(&rbac, &Identity::anonymous()), [""; 0]);
}
