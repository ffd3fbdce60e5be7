//! The rules of matching, one by one.

use catseye_rbac::{Identity, Rbac, Request};
use serde_json::{Value, json};

use crate::written::{bind, bind_cluster, cluster_role, only, role, rule};

/// A cluster in which the user `ann` holds one rule everywhere.
fn ann_with(rule: Value) -> Rbac {
    only(vec![
        cluster_role("r", json!([rule])),
        bind_cluster("b", "r", &["user:ann"]),
    ])
}

fn ann_may(rbac: &Rbac, request: &Request) -> bool {
    rbac.decide(&Identity::user("ann", None::<String>), request)
}

/// `verb resource[.group] [name]`, in namespace `shop`.
fn asked(text: &str) -> Request {
    let mut words = text.split(' ');
    let verb = words.next().unwrap_or_default();
    let resource = words.next().unwrap_or_default();
    let (plain, sub) = resource.split_once('/').unwrap_or((resource, ""));
    let (plain, group) = plain.split_once('.').unwrap_or((plain, ""));
    let resource = if sub.is_empty() {
        plain.to_owned()
    } else {
        format!("{plain}/{sub}")
    };
    Request::resource(verb, group, &resource)
        .named(words.next().unwrap_or_default())
        .in_namespace("shop")
}

#[test]
fn a_rule_matches_verb_group_resource_and_name_alike() {
    let rule = |verbs: &str, groups: &str, resources: &str, names: &str| {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut rule =
            json!({"verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources)});
        if !names.is_empty() {
            rule["resourceNames"] = json!(list(names));
        }
        rule
    };
    for (rule, request, expected) in [
        (rule("get", "", "pods", ""), "get pods", true),
        (rule("get", "", "pods", ""), "get pods web", true),
        (rule("get", "", "pods", ""), "list pods", false),
        (rule("get", "", "pods", ""), "get secrets", false),
        (
            rule("get", "", "pods", ""),
            "get pods.metrics.k8s.io",
            false,
        ),
        (rule("get", "", "pods", ""), "get pods/log web", false),
        (rule("Get", "", "pods", ""), "get pods", false),
        (rule("*", "", "pods", ""), "anything pods", true),
        (
            rule("get", "*", "pods", ""),
            "get pods.metrics.k8s.io",
            true,
        ),
        (
            rule("get", "apps", "deployments", ""),
            "get deployments.extensions",
            false,
        ),
        (rule("get", "", "*", ""), "get pods/log web", true),
        (rule("get", "", "*", ""), "get deployments.apps", false),
        (rule("get", "", "pods/log", ""), "get pods/log web", true),
        (rule("get", "", "pods/log", ""), "get pods web", false),
        // A sub-resource of every resource, and what looks like every sub-resource but is not.
        (
            rule("update", "*", "*/scale", ""),
            "update deployments.apps/scale web",
            true,
        ),
        (
            rule("update", "*", "*/scale", ""),
            "update deployments.apps/status web",
            false,
        ),
        (
            rule("update", "*", "*/scale", ""),
            "update deployments.apps web",
            false,
        ),
        (rule("get", "", "pods/*", ""), "get pods/log web", false),
        (rule("get", "", "pods/*", ""), "get pods web", false),
        (rule("get", "", "po*", ""), "get pods", false),
        (rule("get*", "", "pods", ""), "get pods", false),
        // Names: a request that names nothing is not met by a rule that names something.
        (rule("get", "", "pods", "web"), "get pods web", true),
        (rule("get", "", "pods", "web"), "get pods db", false),
        (rule("list", "", "pods", "web"), "list pods", false),
        (rule("list", "", "pods", "web"), "list pods web", true),
        (rule("create", "", "pods", "web"), "create pods", false),
        (
            rule("deletecollection", "", "pods", "web"),
            "deletecollection pods",
            false,
        ),
        (
            rule("create", "", "pods/exec", "web"),
            "create pods/exec web",
            true,
        ),
        (rule("get", "", "pods", "*"), "get pods web", false),
        (rule("get", "", "pods", "*"), "get pods *", true),
        // A question about `*` is met by `*` alone: that is how `kubectl auth can-i '*' '*'` asks.
        (rule("get", "", "pods", ""), "* pods", false),
        (rule("*", "*", "*", ""), "* *", true),
        (rule("get list", "", "pods", ""), "get *", false),
    ] {
        let rbac = ann_with(rule.clone());
        assert_eq!(
            ann_may(&rbac, &asked(request)),
            expected,
            "{rule} {request}"
        );
    }
}

#[test]
fn verb_and_resource_must_stand_in_one_rule() {
    let rbac = only(vec![
        cluster_role(
            "r",
            json!([rule(&["get"], &["pods"]), rule(&["list"], &["secrets"])]),
        ),
        bind_cluster("b", "r", &["user:ann"]),
    ]);
    assert!(ann_may(&rbac, &asked("get pods")));
    assert!(!ann_may(&rbac, &asked("get secrets")));
    assert!(!ann_may(&rbac, &asked("list pods")));
}

#[test]
fn a_role_binding_counts_in_its_namespace_only() {
    let ann = Identity::user("ann", None::<String>);
    let rbac = only(vec![
        cluster_role(
            "reader",
            json!([
                rule(&["get"], &["pods", "nodes"]),
                {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
            ]),
        ),
        role("shop", "local", json!([rule(&["list"], &["pods"])])),
        role("bank", "local", json!([rule(&["delete"], &["pods"])])),
        bind("shop", "a", "ClusterRole/reader", &["user:ann"]),
        bind("shop", "b", "Role/local", &["user:ann"]),
    ]);
    let pods = |verb: &str, namespace: &str| {
        rbac.decide(
            &ann,
            &Request::resource(verb, "", "pods").in_namespace(namespace),
        )
    };
    assert!(pods("get", "shop") && pods("list", "shop"));
    assert!(!pods("get", "bank") && !pods("get", "") && !pods("delete", "shop"));
    assert!(!rbac.decide(&ann, &Request::resource("get", "", "nodes").named("n1")));
    assert!(!rbac.decide(&ann, &Request::path("get", "/metrics")));
}

#[test]
fn paths_are_matched_whole_or_by_their_beginning() {
    for (url, path, expected) in [
        ("/healthz", "/healthz", true),
        ("/healthz", "/healthz/etcd", false),
        ("/healthz/*", "/healthz/etcd", true),
        ("/healthz/*", "/healthz", false),
        ("/health*", "/healthz", true),
        ("*", "/anything", true),
        ("/a/*/c", "/a/b/c", false),
    ] {
        let rbac = ann_with(json!({"verbs": ["get"], "nonResourceURLs": [url]}));
        assert_eq!(
            ann_may(&rbac, &Request::path("get", path)),
            expected,
            "{url} {path}"
        );
        assert!(
            !ann_may(&rbac, &Request::path("post", path)),
            "{url} {path}"
        );
    }
}

#[test]
fn bindings_reach_users_accounts_and_groups() {
    let rbac = only(vec![
        cluster_role("r", json!([rule(&["get"], &["pods"])])),
        role("shop", "x", json!([rule(&["get"], &["secrets"])])),
        bind_cluster(
            "b1",
            "r",
            &["user:system:serviceaccount:shop:named-as-user"],
        ),
        bind_cluster("b2", "r", &["group:system:serviceaccounts:bank"]),
        bind_cluster("b3", "r", &["group:dev", "sa:shop/web"]),
        bind("shop", "b4", "Role/x", &["sa:local"]),
        bind_cluster("b5", "r", &["sa:no-namespace"]),
    ]);
    let account = Identity::service_account;
    let pods = asked("get pods");
    let secrets = asked("get secrets s");
    for (identity, request, expected) in [
        (account("shop", "named-as-user"), &pods, true),
        (account("shop", "web"), &pods, true),
        (account("shop", "other"), &pods, false),
        (account("bank", "any"), &pods, true),
        (Identity::user("ann", ["dev"]), &pods, true),
        (Identity::user("ann", ["ops"]), &pods, false),
        (Identity::user("dev", None::<String>), &pods, false),
        (Identity::member_of("dev"), &pods, true),
        // Without a namespace, an account of a RoleBinding is one of the binding's namespace.
        (account("shop", "local"), &secrets, true),
        (account("bank", "local"), &secrets, false),
        (account("", "no-namespace"), &pods, false),
        (account("default", "no-namespace"), &pods, false),
        (Identity::anonymous(), &pods, false),
        (Identity::member_of("system:masters"), &pods, true),
    ] {
        assert_eq!(rbac.decide(&identity, request), expected, "{identity:?}");
    }
    let problems: Vec<String> = rbac.problems().iter().map(|p| p.kind.to_string()).collect();
    assert_eq!(
        problems,
        [
            "subjects[0].namespace is missing: the API server refuses ServiceAccount \"no-namespace\" without it"
        ],
    );
}

#[test]
fn what_is_wrong_with_a_binding_is_said() {
    let mut wrong_group = bind_cluster("wrong-group", "r", &["sa:shop/web"]);
    wrong_group["subjects"][0]["apiGroup"] = json!("rbac.authorization.k8s.io");
    wrong_group["roleRef"]["apiGroup"] = json!("apps");
    let mut to_a_role = bind_cluster("to-a-role", "r", &["user:ann"]);
    to_a_role["roleRef"]["kind"] = json!("Role");
    let mut strange = bind_cluster("strange", "r", &["user:ann"]);
    strange["subjects"] =
        json!([{"kind": "Robot", "name": "r2"}, 7, {"kind": "User", "name": "ok"}]);
    let rbac = only(vec![
        cluster_role("r", json!([rule(&["get"], &["pods"])])),
        role(
            "shop",
            "paths",
            json!([{"verbs": ["get"], "nonResourceURLs": ["/metrics"]}]),
        ),
        bind("shop", "missing", "Role/absent", &["user:ann"]),
        wrong_group,
        to_a_role,
        strange,
    ]);
    let problems: Vec<String> = rbac.problems().iter().map(|p| p.kind.to_string()).collect();
    assert_eq!(
        problems,
        [
            "nonResourceURLs in a Role grant nothing; write them in a ClusterRole and bind it cluster-wide",
            "roleRef: Role absent was not among what was read, so what it grants is not known",
            "roleRef.apiGroup: the API server refuses \"apps\"; read as if it were left out",
            "subjects[0].apiGroup: the API server refuses \"rbac.authorization.k8s.io\"; read as if it were left out",
            "roleRef.kind: \"Role\" cannot be bound here, so this binding grants nothing; write ClusterRole",
            "subjects[0].kind: \"Robot\" grants nothing; write ServiceAccount, User or Group",
            "subjects[1].kind: \"\" grants nothing; write ServiceAccount, User or Group",
        ],
    );
    assert!(rbac.decide(&Identity::user("ok", None::<String>), &asked("get pods")));
    assert!(rbac.decide(
        &Identity::service_account("shop", "web"),
        &asked("get pods")
    ));
}
