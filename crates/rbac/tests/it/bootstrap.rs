//! The bootstrap policy and aggregation.

use catseye_model::Completeness;
use catseye_rbac::{Identity, Rbac, Request, RoleKind};
use serde_json::{Value, json};

use crate::written::{bind, bind_cluster, cluster_role, inventory, manifests, rule};

fn labelled(mut role: Value, label: &str) -> Value {
    role["metadata"]["labels"] = json!({ label: "true" });
    role
}

fn aggregating(name: &str, label: &str, rules: Value) -> Value {
    let mut role = cluster_role(name, rules);
    role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]});
    role
}

fn ann() -> Identity {
    Identity::user("ann", None::<String>)
}

fn get(resource: &str) -> Request {
    Request::resource("get", "", resource).in_namespace("shop")
}

#[test]
fn manifests_are_completed_by_what_every_cluster_has() {
    let rbac = manifests(vec![
        bind("shop", "b", "ClusterRole/view", &["user:ann"]),
        bind_cluster("root", "cluster-admin", &["user:bob"]),
    ]);
    let bob = Identity::user("bob", None::<String>);
    assert!(rbac.decide(&ann(), &get("pods")));
    assert!(
        !rbac.decide(&ann(), &get("secrets")),
        "view shows no secrets"
    );
    assert!(rbac.decide(&bob, &get("secrets")));
    assert!(rbac.decide(&bob, &Request::path("get", "/metrics")));
    assert!(
        rbac.decide(&ann(), &Request::path("get", "/version")),
        "system:discovery"
    );
    assert!(!rbac.decide(&Identity::anonymous(), &Request::path("get", "/api")));
    assert!(rbac.decide(&Identity::anonymous(), &Request::path("get", "/healthz")));
    assert_eq!(rbac.bootstrap_version(), Some("1.36"));
    assert_eq!(rbac.problems(), []);
}

#[test]
fn edit_and_admin_are_aggregated_through_each_other() {
    let rbac = manifests(vec![
        bind("shop", "v", "ClusterRole/view", &["user:vic"]),
        bind("shop", "e", "ClusterRole/edit", &["user:eve"]),
        bind("shop", "a", "ClusterRole/admin", &["user:ann"]),
    ]);
    let may = |user: &str, verb: &str, group: &str, resource: &str| {
        let request = Request::resource(verb, group, resource).in_namespace("shop");
        rbac.decide(&Identity::user(user, None::<String>), &request)
    };
    for (user, expected) in [
        ("vic", [true, false, false]),
        ("eve", [true, true, false]),
        ("ann", [true; 3]),
    ] {
        let found = [
            may(user, "list", "", "pods"),
            may(user, "create", "", "pods"),
            may(user, "create", "rbac.authorization.k8s.io", "rolebindings"),
        ];
        assert_eq!(found, expected, "{user}");
    }
}

#[test]
fn a_role_of_ones_own_extends_view_by_its_label() {
    let own = labelled(
        cluster_role("see-widgets", json!([rule(&["get"], &["widgets"])])),
        "rbac.authorization.k8s.io/aggregate-to-view",
    );
    let rbac = manifests(vec![
        own,
        bind("shop", "b", "ClusterRole/admin", &["user:ann"]),
    ]);
    assert!(
        rbac.decide(&ann(), &get("widgets")),
        "view into edit into admin"
    );
}

#[test]
fn manifests_are_aggregated_and_a_cluster_is_taken_at_its_word() {
    let part = labelled(
        cluster_role("part", json!([rule(&["get"], &["widgets"])])),
        "x",
    );
    let whole = aggregating("whole", "x", json!([rule(&["get"], &["left-over"])]));
    let bound = bind_cluster("b", "whole", &["user:ann"]);
    let objects = vec![part, whole, bound];
    let may = |rbac: &Rbac| {
        (
            rbac.decide(&ann(), &get("widgets")),
            rbac.decide(&ann(), &get("left-over")),
        )
    };
    // The controller overwrites what the author left in `rules`.
    assert_eq!(may(&manifests(objects.clone())), (true, false));
    // The API server reads what is stored, aggregated or not.
    let dump = Rbac::of(&inventory(objects.clone(), Completeness::Cluster));
    assert_eq!(may(&dump), (false, true));
    let mut live = objects;
    live[1]["metadata"]["uid"] = json!("1");
    assert_eq!(may(&manifests(live)), (false, true));
}

#[test]
fn aggregation_in_a_circle_ends() {
    let rbac = manifests(vec![
        labelled(aggregating("a", "from-a", json!([])), "from-b"),
        labelled(aggregating("b", "from-b", json!([])), "from-a"),
        labelled(
            cluster_role("c", json!([rule(&["get"], &["widgets"])])),
            "from-b",
        ),
        bind_cluster("x", "a", &["user:ann"]),
    ]);
    assert!(rbac.decide(&ann(), &get("widgets")));
}

#[test]
fn an_aggregated_rule_is_named_where_it_is_written() {
    let rbac = manifests(vec![
        labelled(
            cluster_role(
                "part",
                json!([rule(&["list"], &["pods"]), rule(&["get"], &["widgets"])]),
            ),
            "x",
        ),
        aggregating("whole", "x", json!([])),
        bind_cluster("b", "whole", &["user:ann"]),
    ]);
    let reasons = rbac.explain(&ann(), &get("widgets"));
    let [catseye_rbac::Reason::Rule(grant)] = reasons[..] else {
        panic!("one rule grants: {reasons:?}");
    };
    let (role, place) = rbac.place_of(&grant);
    assert_eq!(rbac.role(grant.role).name, "whole");
    assert_eq!(rbac.role(role).name, "part");
    assert_eq!(place.to_string(), "rules[1]");
}

#[test]
fn a_cluster_without_a_bootstrap_role_does_not_have_it() {
    let objects = vec![
        cluster_role("own", json!([])),
        bind_cluster("b", "cluster-admin", &["user:ann"]),
    ];
    let rbac = Rbac::of(&inventory(objects, Completeness::Cluster));
    assert!(!rbac.decide(&ann(), &get("pods")));
    assert_eq!(rbac.problems().len(), 1);
    // A dump that holds no cluster role at all was made without them.
    let bindings_only = vec![bind_cluster("b", "cluster-admin", &["user:ann"])];
    let rbac = Rbac::of(&inventory(bindings_only, Completeness::Cluster));
    assert!(rbac.decide(&ann(), &get("pods")));
}

#[test]
fn roles_that_allow_the_same_share_one_set() {
    let rbac = manifests(vec![
        cluster_role("a", json!([rule(&["get", "list"], &["pods"])])),
        cluster_role(
            "b",
            json!([rule(&["list"], &["pods"]), rule(&["get"], &["pods"])]),
        ),
        cluster_role("c", json!([rule(&["get"], &["pods"])])),
    ]);
    let set = |name: &str| {
        let ids = rbac.roles_named(RoleKind::ClusterRole, "", name);
        rbac.role(ids[0]).set
    };
    assert_eq!(set("a"), set("b"));
    assert_ne!(set("a"), set("c"));
}
