//! Listing a real cluster: every kind, custom ones too, and what an identity with few rights is told.

use std::collections::BTreeSet;

use catseye_cluster::{Listing, Reason, Target};
use catseye_model::redact::{RedactionKey, is_redacted};

async fn listing(kubeconfig: &std::path::Path) -> Listing {
    let target = Target {
        kubeconfig: Some(kubeconfig.to_owned()),
        context: None,
    };
    let client = catseye_cluster::connect(&target).await.expect("a client");
    let resources = catseye_cluster::discover(&client)
        .await
        .expect("the cluster's kinds");
    catseye_cluster::list(&client, resources, &RedactionKey::new([1; 32]), |_| {}).await
}

fn kinds(listing: &Listing) -> BTreeSet<&str> {
    listing
        .objects
        .iter()
        .filter_map(|object| object["kind"].as_str())
        .collect()
}

const OBJECTS: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: listing}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: listing}
stringData: {password: correct-horse-battery-staple}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lanterns.listing.example.com}
spec:
  group: listing.example.com
  names: {kind: Lantern, plural: lanterns, singular: lantern}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
";

#[tokio::test]
async fn every_kind_is_listed_and_secrets_are_redacted() {
    let Some(cluster) = catseye_e2e::cluster("every_kind_is_listed") else {
        return;
    };
    cluster.apply(OBJECTS).expect("the objects are accepted");
    let established = [
        "wait",
        "--for=condition=Established",
        "crd/lanterns.listing.example.com",
    ];
    cluster.kubectl(&established).expect("the kind is served");
    let lantern = "apiVersion: listing.example.com/v1\nkind: Lantern\nmetadata: {name: a, namespace: listing}\n";
    cluster.apply(lantern).expect("the object is accepted");

    let listing = listing(cluster.kubeconfig()).await;
    assert_eq!(listing.gaps, []);
    let kinds = kinds(&listing);
    for kind in [
        "Namespace",
        "Node",
        "ClusterRole",
        "CustomResourceDefinition",
        "Lantern",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing of {kinds:?}");
    }
    assert!(
        !kinds.contains("Event") && !kinds.contains("Lease"),
        "{kinds:?}"
    );
    let secret = listing
        .objects
        .iter()
        .find(|object| object["kind"] == "Secret" && object["metadata"]["name"] == "login")
        .expect("the Secret");
    assert_eq!(secret["apiVersion"], "v1");
    let value = secret["data"]["password"].as_str().expect("a string");
    assert!(is_redacted(value), "{value}");
    let all = serde_json::to_string(&listing.objects).expect("JSON");
    assert!(!all.contains("correct-horse"), "a secret in plain text");
    assert!(!all.contains("Y29ycmVjdC1ob3JzZS"), "a secret in base64");
}

#[tokio::test]
async fn what_is_forbidden_is_told_and_the_rest_is_seen() {
    let Some(cluster) = catseye_e2e::cluster("what_is_forbidden_is_told") else {
        return;
    };
    if cluster.description().is_none() {
        return; // users can be made on our own cluster only
    }
    let kubeconfig = cluster.user("listing-viewer", &[]).expect("a user");
    let rights = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: listing-viewer}
rules: [{apiGroups: [''], resources: [nodes, namespaces], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: listing-viewer}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: listing-viewer}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: listing-viewer}
";
    cluster.apply(rights).expect("the rights are granted");
    let listing = listing(&kubeconfig).await;
    assert_eq!(kinds(&listing), BTreeSet::from(["Namespace", "Node"]));
    assert!(listing.gaps.len() > 20, "{:?}", listing.gaps);
    for gap in &listing.gaps {
        assert_eq!(gap.reason, Reason::Forbidden, "{gap:?}");
        assert!(gap.message.contains("listing-viewer"), "{gap:?}");
    }
}
