//! What we write to a real cluster, and what we ask it about users.

use catseye_cluster::apply::{Apply, apply, delete};
use catseye_cluster::review::{self, Attributes};
use catseye_cluster::{Client, Resource, Target, connect};
use catseye_e2e::Cluster;
use serde_json::json;

async fn client(cluster: &Cluster) -> Client {
    let target = Target {
        kubeconfig: Some(cluster.kubeconfig().to_owned()),
        context: None,
    };
    connect(&target).await.expect("a client")
}

#[tokio::test]
async fn an_object_is_applied_changed_and_deleted_and_others_fields_stay() {
    let Some(cluster) = catseye_e2e::cluster("an_object_is_applied_changed_and_deleted") else {
        return;
    };
    let client = client(&cluster).await;
    let maps = Resource {
        group: String::new(),
        version: "v1".to_owned(),
        plural: "configmaps".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespaced: true,
    };
    let object = |data| {
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "applied", "namespace": "default"}, "data": data})
    };
    let how = Apply {
        field_manager: "catseye test",
        force: false,
        dry_run: false,
    };
    let dry = Apply {
        dry_run: true,
        ..how
    };
    delete(&client, &maps, Some("default"), "applied")
        .await
        .expect("cleared");
    let seen = apply(&client, &maps, &object(json!({"a": "1"})), dry)
        .await
        .expect("a dry run");
    assert_eq!(seen["data"]["a"], "1");
    let gone = delete(&client, &maps, Some("default"), "applied").await;
    assert!(!gone.expect("asked"), "a dry run makes nothing");

    apply(&client, &maps, &object(json!({"a": "1", "b": "2"})), how)
        .await
        .expect("made");
    cluster
        .kubectl(&[
            "patch",
            "configmap",
            "applied",
            "--type=merge",
            "-p",
            r#"{"data":{"theirs":"3"}}"#,
        ])
        .expect("patched");
    let seen = apply(&client, &maps, &object(json!({"a": "4"})), how)
        .await
        .expect("changed");
    assert_eq!(seen["data"], json!({"a": "4", "theirs": "3"}));
    let err = apply(&client, &maps, &object(json!({"theirs": "5"})), how)
        .await
        .expect_err("it is theirs");
    assert_eq!(err.code(), Some(409));
    let was_there = delete(&client, &maps, Some("default"), "applied").await;
    assert!(was_there.expect("deleted"));
}

#[tokio::test]
async fn a_token_names_its_service_account_and_its_rights_are_known() {
    let Some(cluster) = catseye_e2e::cluster("a_token_names_its_service_account") else {
        return;
    };
    let client = client(&cluster).await;
    let token = cluster
        .kubectl(&["create", "token", "default", "-n", "default"])
        .expect("a token");
    let user = review::token(&client, token.trim(), &[])
        .await
        .expect("asked")
        .expect("known");
    assert_eq!(user.username, "system:serviceaccount:default:default");
    assert!(
        user.groups
            .iter()
            .any(|group| group == "system:authenticated")
    );
    let nobody = review::token(&client, "no.such.token", &[]).await;
    assert_eq!(nobody.expect("asked"), None);
    let elsewhere = review::token(&client, token.trim(), &["catseye"]).await;
    assert_eq!(
        elsewhere.expect("asked"),
        None,
        "the token is not meant for us"
    );

    let pods = |verb: &str| Attributes::Resource {
        verb: verb.to_owned(),
        group: String::new(),
        resource: "pods".to_owned(),
        subresource: None,
        namespace: Some("default".to_owned()),
        name: None,
    };
    // Other tests bind roles to the groups that every account is in.
    let mut stranger = user.clone();
    "a-user-without-rights".clone_into(&mut stranger.username);
    stranger.groups.clear();
    let decision = review::access(&client, &stranger, &pods("delete")).await;
    assert!(!decision.expect("asked").allowed);
    let version = Attributes::NonResource {
        verb: "get".to_owned(),
        path: "/version".to_owned(),
    };
    let decision = review::access(&client, &user, &version).await;
    assert!(decision.expect("asked").allowed);
}
