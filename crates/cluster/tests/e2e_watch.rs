//! The watch on a real cluster: what `kubectl` does is told, in order, and nothing is made up.

#![allow(
    clippy::disallowed_methods,
    reason = "a test writes the kubeconfig of its own gate"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use catseye_cluster::watch::{Change, Key, Options, Watch, watch};
use catseye_cluster::{Reason, Target, connect};
use catseye_e2e::Cluster;
use catseye_model::Value;
use catseye_model::redact::RedactionKey;
use tokio::time::{Instant, timeout_at};

const NAMESPACE: &str = "watch-e2e";

async fn begin(kubeconfig: &Path) -> Watch {
    let target = Target {
        kubeconfig: Some(kubeconfig.to_owned()),
        context: None,
    };
    let client = connect(&target).await.expect("a client");
    watch(client, RedactionKey::new([7; 32]), Options::default())
}

/// Reads until a change answers, and gives the answer.
async fn until<T>(watch: &mut Watch, what: &str, answers: impl Fn(&Change) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let delta = timeout_at(deadline, watch.state.next())
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {what}"))
            .expect("the watch runs");
        if let Some(answer) = answers(&delta.change) {
            return answer;
        }
    }
}

async fn settled(watch: &mut Watch) {
    until(watch, "all kinds", |change| {
        matches!(change, Change::Settled).then_some(())
    })
    .await;
}

fn upsert<'a>(change: &'a Change, kind: &str, name: &str) -> Option<&'a Value> {
    match change {
        Change::Upsert { object, resource } if resource.kind == kind => {
            (object["metadata"]["name"] == name).then_some(object)
        }
        _ => None,
    }
}

fn is_delete(change: &Change, kind: &str, name: &str) -> Option<bool> {
    match change {
        Change::Delete {
            key,
            resource,
            last,
        } if resource.kind == kind && key.name == name => Some(last.is_some()),
        _ => None,
    }
}

fn namespace(cluster: &Cluster, name: &str) {
    let text = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n");
    cluster.apply(&text).expect("the namespace is made");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_changed_and_deleted_is_told() {
    let Some(cluster) = catseye_e2e::cluster("what_is_created_changed_and_deleted_is_told") else {
        return;
    };
    namespace(&cluster, NAMESPACE);
    let mut watch = begin(cluster.kubeconfig()).await;
    settled(&mut watch).await;

    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: seen, namespace: {NAMESPACE}}}\ndata: {{key: {value}}}\n"
        )
    };
    // Each kind has a stream of its own, so each is written when the one before has been seen.
    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: hidden, namespace: {NAMESPACE}}}\nstringData: {{key: {value}}}\n"
        )
    };
    for value in ["one", "two"] {
        cluster.apply(&map(value)).expect("applied");
        let (data, owners) = until(&mut watch, "the ConfigMap", |change| {
            let object = upsert(change, "ConfigMap", "seen")?;
            Some((
                object["data"]["key"].clone(),
                object["metadata"]["managedFields"].clone(),
            ))
        })
        .await;
        assert_eq!(data, value);
        assert!(owners.is_array(), "who wrote it stays: {owners}");
        cluster.apply(&secret(value)).expect("applied");
        let secret = until(&mut watch, "the Secret", |change| {
            upsert(change, "Secret", "hidden").map(ToString::to_string)
        })
        .await;
        assert!(secret.contains("redacted:3:"), "its value is gone");
    }
    cluster
        .kubectl(&["delete", "configmap", "seen", "-n", NAMESPACE])
        .expect("deleted");
    let has_last = until(&mut watch, "the deletion", |change| {
        is_delete(change, "ConfigMap", "seen")
    })
    .await;
    assert!(has_last, "a stream tells the last state");
}

/// A way to the API server that can be shut: nobody else notices.
struct Gate {
    kubeconfig: tempfile::TempDir,
    open: tokio::sync::watch::Sender<bool>,
}

impl Gate {
    async fn before(cluster: &Cluster) -> Gate {
        let server = &cluster.description().expect("our own cluster").server;
        let address = server.trim_start_matches("https://").to_owned();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (open, state) = tokio::sync::watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (address, mut state) = (address.clone(), state.clone());
                tokio::spawn(async move {
                    if !*state.borrow() {
                        return;
                    }
                    let Ok(mut server) = tokio::net::TcpStream::connect(address).await else {
                        return;
                    };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        _ = state.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        let text = std::fs::read_to_string(cluster.kubeconfig()).expect("a kubeconfig");
        let folder = tempfile::tempdir().expect("a folder");
        let through = text.replace(server, &format!("https://127.0.0.1:{port}"));
        std::fs::write(folder.path().join("config"), through).expect("written");
        Gate {
            kubeconfig: folder,
            open,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_api_server_is_out_of_reach_is_told_afterwards() {
    let Some(cluster) = catseye_e2e::cluster("what_happens_while_the_api_server_is_out_of_reach")
    else {
        return;
    };
    if cluster.description().is_none() {
        return;
    }
    namespace(&cluster, NAMESPACE);
    let map = |name: &str| {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {NAMESPACE}}}\n"
        );
        cluster.apply(&text).expect("applied");
    };
    map("before");
    let gate = Gate::before(&cluster).await;
    let mut watch = begin(&gate.kubeconfig.path().join("config")).await;
    settled(&mut watch).await;
    let lists = watch.counters.counts().lists;
    gate.open.send_replace(false);
    until(&mut watch, "the gap", |change| match change {
        Change::Gap { gap, .. } if gap.resource == "configmaps" => Some(()),
        _ => None,
    })
    .await;
    map("meanwhile");
    cluster
        .kubectl(&["delete", "configmap", "before", "-n", NAMESPACE])
        .expect("deleted");
    gate.open.send_replace(true);
    until(&mut watch, "what was made", |change| {
        upsert(change, "ConfigMap", "meanwhile").map(|_| ())
    })
    .await;
    until(&mut watch, "what was deleted", |change| {
        is_delete(change, "ConfigMap", "before")
    })
    .await;
    assert_eq!(
        watch.counters.counts().lists,
        lists,
        "resumed, not listed anew"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_defined_at_run_time_is_followed_and_left_again() {
    let Some(cluster) = catseye_e2e::cluster("a_kind_that_is_defined_at_run_time_is_followed")
    else {
        return;
    };
    namespace(&cluster, NAMESPACE);
    let mut watch = begin(cluster.kubeconfig()).await;
    settled(&mut watch).await;
    let definition = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lanterns.watch.example.org}
spec:
  group: watch.example.org
  scope: Namespaced
  names: {plural: lanterns, singular: lantern, kind: Lantern}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";
    cluster.apply(definition).expect("defined");
    until(&mut watch, "the new kind", |change| match change {
        Change::Synced(resource) if resource.kind == "Lantern" => Some(()),
        _ => None,
    })
    .await;
    let lantern = format!(
        "apiVersion: watch.example.org/v1\nkind: Lantern\nmetadata: {{name: one, namespace: {NAMESPACE}}}\n"
    );
    cluster.apply(&lantern).expect("made");
    until(&mut watch, "its object", |change| {
        upsert(change, "Lantern", "one").map(|_| ())
    })
    .await;
    cluster
        .kubectl(&["delete", "crd", "lanterns.watch.example.org"])
        .expect("deleted");
    until(&mut watch, "the object's end", |change| {
        is_delete(change, "Lantern", "one").map(|_| ())
    })
    .await;
    until(&mut watch, "the kind's end", |change| match change {
        Change::Removed(resource) if resource.kind == "Lantern" => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_few_rights_sees_what_they_may_and_is_told_the_rest() {
    let Some(cluster) = catseye_e2e::cluster("a_user_with_few_rights_sees_what_they_may") else {
        return;
    };
    let Ok(kubeconfig) = cluster.user("watch-e2e-reader", &[]) else {
        return;
    };
    cluster
        .apply(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: watch-e2e-reader}
rules: [{apiGroups: [\"\"], resources: [namespaces], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: watch-e2e-reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: watch-e2e-reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: watch-e2e-reader}]
",
        )
        .expect("applied");
    let mut watch = begin(&kubeconfig).await;
    let mut gaps = BTreeMap::new();
    let mut synced = Vec::new();
    loop {
        let delta = watch.state.next().await.expect("the watch runs");
        match delta.change {
            Change::Gap { gap, .. } => {
                gaps.insert(gap.resource.clone(), gap);
            }
            Change::Synced(resource) => synced.push(resource.name()),
            Change::Settled => break,
            _ => {}
        }
    }
    assert_eq!(synced, ["namespaces"]);
    let pods = gaps.get("pods").expect("pods are a gap");
    assert_eq!(pods.reason, Reason::Forbidden);
    assert!(
        pods.message.contains("watch-e2e-reader"),
        "{}",
        pods.message
    );
    assert!(gaps.len() > 20, "all other kinds are: {gaps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_of_changes_adds_up_to_what_a_list_says() {
    let Some(cluster) = catseye_e2e::cluster("the_stream_of_changes_adds_up") else {
        return;
    };
    namespace(&cluster, "watch-e2e-sum");
    let mut watch = begin(cluster.kubeconfig()).await;
    settled(&mut watch).await;
    let names: Vec<String> = (0..60).map(|number| format!("sum-{number:02}")).collect();
    let all: Vec<String> = names
        .iter()
        .map(|name| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: watch-e2e-sum}}\n"))
        .collect();
    let all = all.join("---\n");
    cluster.apply(&all).expect("applied");
    let mut delete = vec!["delete", "configmap", "-n", "watch-e2e-sum"];
    delete.extend(names[..30].iter().map(String::as_str));
    cluster.kubectl(&delete).expect("deleted");
    let mut held = BTreeMap::new();
    let mut deleted = 0;
    while deleted < 30 {
        let delta = watch.state.next().await.expect("the watch runs");
        match delta.change {
            Change::Upsert { object, resource } if resource.kind == "ConfigMap" => {
                let key = Key::of(&object).expect("a name");
                if key.namespace.as_deref() == Some("watch-e2e-sum") && key.name.starts_with("sum-")
                {
                    held.insert(key.name, object["metadata"]["uid"].to_string());
                }
            }
            Change::Delete { key, resource, .. }
                if resource.kind == "ConfigMap"
                    && key.namespace.as_deref() == Some("watch-e2e-sum") =>
            {
                assert!(held.remove(&key.name).is_some(), "{key} was told before");
                deleted += 1;
            }
            _ => {}
        }
    }
    let expected: Vec<&String> = names[30..].iter().collect();
    assert_eq!(held.keys().collect::<Vec<_>>(), expected);
    let event = watch.events.next().await.expect("the cluster has events");
    assert!(matches!(
        event.change,
        Change::Upsert { .. } | Change::Synced(_)
    ));
}
