//! Why, who, and what an identity holds in all.

use catseye_rbac::{Identity, Names, Reason, Request, Scope, Subject};
use serde_json::json;

use crate::written::{bind, bind_cluster, cluster_role, only, rule};

#[test]
fn every_binding_that_grants_is_named() {
    let rbac = only(vec![
        cluster_role(
            "r",
            json!([rule(&["list"], &["pods"]), rule(&["get"], &["*"])]),
        ),
        bind_cluster("by-group", "r", &["group:dev"]),
        bind(
            "shop",
            "by-name",
            "ClusterRole/r",
            &["user:bob", "user:ann"],
        ),
        bind("bank", "elsewhere", "ClusterRole/r", &["user:ann"]),
    ]);
    let request = Request::resource("get", "", "secrets").in_namespace("shop");
    let reasons = rbac.explain(&Identity::user("ann", ["dev"]), &request);
    let told: Vec<String> = reasons
        .iter()
        .map(|reason| match reason {
            Reason::Rule(grant) => format!(
                "{} by {} of {} rule {}",
                rbac.subject(grant.subject),
                rbac.binding(grant.binding),
                rbac.role(grant.role),
                grant.rule,
            ),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            "User ann by RoleBinding shop/by-name of ClusterRole r rule 1",
            "Group dev by ClusterRoleBinding by-group of ClusterRole r rule 1",
        ],
    );
    assert_eq!(rbac.explain(&Identity::anonymous(), &request), []);
}

#[test]
fn who_can_names_groups_as_groups_and_masters_always() {
    let rbac = only(vec![
        cluster_role("r", json!([rule(&["get"], &["secrets"])])),
        bind_cluster("a", "r", &["group:dev", "sa:shop/web"]),
        bind("bank", "b", "ClusterRole/r", &["user:ann"]),
    ]);
    let who = |namespace: &str| {
        let request = Request::resource("get", "", "secrets").in_namespace(namespace);
        let holders = rbac.who_can(&request);
        holders
            .iter()
            .map(|holder| holder.subject.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        who("shop"),
        [
            "ServiceAccount shop/web",
            "Group dev",
            "Group system:masters"
        ]
    );
    assert_eq!(
        who("bank"),
        [
            "ServiceAccount shop/web",
            "User ann",
            "Group dev",
            "Group system:masters"
        ],
    );
}

#[test]
fn names_are_joined_over_bindings_and_scopes() {
    let named = |name: &str| {
        json!([{
            "verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": [name],
        }])
    };
    let rbac = only(vec![
        cluster_role("a", named("a")),
        cluster_role("b", named("b")),
        cluster_role("all", json!([rule(&["get"], &["secrets"])])),
        bind_cluster("1", "b", &["sa:shop/web"]),
        bind(
            "shop",
            "2",
            "ClusterRole/a",
            &["group:system:serviceaccounts"],
        ),
        bind("bank", "3", "ClusterRole/all", &["sa:shop/web"]),
    ]);
    let effective = rbac.effective(&Identity::service_account("shop", "web"));
    let request = Request::resource("get", "", "secrets");
    let asked = rbac.ask(&request);
    for (scope, expected) in [
        (Scope::Cluster, Names::Some(vec!["b"])),
        (Scope::namespace("shop"), Names::Some(vec!["a", "b"])),
        (Scope::namespace("bank"), Names::All),
        (Scope::namespace("else"), Names::Some(vec!["b"])),
    ] {
        assert_eq!(effective.names(&asked, &scope), expected, "{scope}");
    }
    let list = Request::resource("list", "", "secrets");
    assert_eq!(
        effective.names(&rbac.ask(&list), &Scope::Cluster),
        Names::Nothing
    );
    let granting: Vec<String> = effective
        .granting(&asked)
        .map(|held| rbac.binding(held.binding).to_string())
        .collect();
    assert_eq!(
        granting,
        [
            "ClusterRoleBinding 1",
            "RoleBinding bank/3",
            "RoleBinding shop/2"
        ],
    );
}

#[test]
fn accounts_of_equal_rights_have_equal_profiles() {
    let rbac = only(vec![
        cluster_role("a", json!([rule(&["get"], &["pods"])])),
        cluster_role("same", json!([rule(&["get"], &["pods"])])),
        cluster_role("other", json!([rule(&["list"], &["pods"])])),
        bind_cluster("1", "a", &["sa:shop/x"]),
        bind_cluster("2", "same", &["sa:bank/y"]),
        bind_cluster("3", "other", &["sa:bank/z"]),
    ]);
    let profile = |namespace, name| {
        rbac.effective(&Identity::service_account(namespace, name))
            .profile()
    };
    assert_eq!(profile("shop", "x"), profile("bank", "y"));
    assert_ne!(profile("shop", "x"), profile("bank", "z"));
}

#[test]
fn accounts_without_bindings_are_subjects_too() {
    let rbac = only(vec![
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web", "namespace": "shop"}}),
        cluster_role("r", json!([rule(&["get"], &["pods"])])),
        bind_cluster("1", "r", &["user:ann"]),
    ]);
    let subjects: Vec<String> = rbac
        .subjects()
        .map(|(_, subject)| subject.to_string())
        .collect();
    assert_eq!(subjects, ["ServiceAccount shop/web", "User ann"]);
    let web = rbac.find(&Subject::service_account("shop", "web")).unwrap();
    assert!(rbac.account_of(web).is_some());
    assert_eq!(rbac.bindings_of(web), []);
}
