//! Setting the stage: the shop is brought up as it was before the story begins.
//!
//! All of it is done by the recorder, so the log begins with a shop that has long been running. Objects
//! carry the field manager of who owns them in the story.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use catseye_model::Fields;
use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::repository::{Repository, manager_of, objects, path_of};
use crate::timetable::Timetable;
use crate::wire::Wire;

const APPLY: &str = "application/apply-patch+yaml";
/// How long the shop may take to run.
const PATIENCE: Duration = Duration::from_mins(3);

/// Applies every object of the repository and waits until all pods that are wanted run.
pub async fn set(wire: &Wire, repository: &Repository) -> Result<()> {
    let mut first = Vec::new();
    let mut rest = Vec::new();
    for (file, text) in repository.files_at(None) {
        for object in objects(&text).with_context(|| file.clone())? {
            let early = matches!(
                object.text("kind"),
                Some("Namespace" | "CustomResourceDefinition" | "ServiceAccount")
            );
            let list = if early { &mut first } else { &mut rest };
            list.push((manager_of(&file), object));
        }
    }
    first.sort_by_key(|(_, object)| object.text("kind") == Some("ServiceAccount"));
    for (manager, object) in &first {
        apply(wire, manager, object).await?;
    }
    for (manager, object) in &rest {
        apply(wire, manager, object).await?;
    }
    for database in ["shop-db", "orders-db"] {
        let instances = if database == "shop-db" { 2 } else { 3 };
        let path =
            format!("/apis/databases.shop.example/v1/namespaces/data/postgresclusters/{database}");
        let parent = wire.ask(&path).await?.body;
        let uid = parent.text("metadata.uid").context("a database's uid")?;
        for object in database_objects(database, instances, uid) {
            apply(wire, "db-operator", &object).await?;
        }
    }
    // In the story kube-controller-manager made this account when its controller first started.
    for controller in ["cronjob-controller"] {
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
                             "metadata": {"name": controller, "namespace": "kube-system"}});
        apply(wire, "kube-controller-manager", &account).await?;
    }
    settled(wire).await
}

/// Makes ready the credentials of everybody in the timetable.
pub async fn credentials(wire: &Arc<Wire>, timetable: &Timetable) -> Result<()> {
    let mut done = std::collections::BTreeSet::new();
    for call in timetable.calls() {
        if done.insert(call.actor.identity.clone()) {
            wire.prepare(&call.actor)
                .await
                .with_context(|| call.actor.name())?;
        }
    }
    Ok(())
}

async fn apply(wire: &Wire, manager: &str, object: &Value) -> Result<()> {
    let path = format!("{}?fieldManager={manager}&force=true", path_of(object)?);
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let answer = wire.tell(Method::PATCH, &path, APPLY, object).await?;
        match answer.status {
            200..=299 => return Ok(()),
            // A kind whose definition is not served yet.
            404 if Instant::now() < deadline => sleep(Duration::from_millis(200)).await,
            status => bail!("{path}: {status} {}", answer.body),
        }
    }
}

/// What the database operator made of a `PostgresCluster` long ago.
fn database_objects(name: &str, instances: u32, uid: &str) -> [Value; 3] {
    let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/component": "database",
                        "app.kubernetes.io/part-of": "data", "app.kubernetes.io/managed-by": "db-operator"});
    let owner = json!([{"apiVersion": "databases.shop.example/v1", "kind": "PostgresCluster", "name": name,
                        "uid": uid, "controller": true}]);
    let metadata =
        json!({"name": name, "namespace": "data", "labels": labels, "ownerReferences": owner});
    [
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata,
               "automountServiceAccountToken": false}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata,
               "spec": {"clusterIP": "None", "selector": {"app.kubernetes.io/name": name},
                        "ports": [{"name": "postgres", "port": 5432, "targetPort": "postgres"}]}}),
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata,
        "spec": {"serviceName": name, "replicas": instances,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {"metadata": {"labels": labels},
                "spec": {"serviceAccountName": name, "automountServiceAccountToken": false,
                    "securityContext": {"runAsNonRoot": true, "runAsUser": 26,
                        "seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [{"name": "postgres",
                        "image": "registry.shop.example/platform/postgres:16.10",
                        "ports": [{"name": "postgres", "containerPort": 5432}],
                        "resources": {"requests": {"cpu": "50m", "memory": "192Mi"},
                                      "limits": {"memory": "192Mi"}},
                        "securityContext": {"allowPrivilegeEscalation": false,
                            "capabilities": {"drop": ["ALL"]}},
                        "env": [{"name": "POSTGRES_PASSWORD", "valueFrom": {"secretKeyRef":
                            {"name": format!("{name}-superuser"), "key": "password"}}}],
                        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/postgresql"}]}],
                    "volumes": [{"name": "data", "emptyDir": {"sizeLimit": "10Gi"}}]}}}}),
    ]
}

/// Waits until every Deployment, `StatefulSet` and `DaemonSet` has what it wants.
pub async fn settled(wire: &Wire) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut missing = Vec::new();
        for kind in ["deployments", "statefulsets", "daemonsets"] {
            let answer = wire.ask(&format!("/apis/apps/v1/{kind}")).await?;
            for workload in answer.body.list("items") {
                let wanted = workload
                    .integer("spec.replicas")
                    .or_else(|| workload.integer("status.desiredNumberScheduled"))
                    .unwrap_or(1);
                let ready = workload
                    .integer("status.readyReplicas")
                    .or_else(|| workload.integer("status.numberReady"))
                    .unwrap_or(0);
                if ready < wanted {
                    let name = workload.text("metadata.name").unwrap_or_default();
                    missing.push(format!("{name} {ready}/{wanted}"));
                }
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("the shop does not come up: {}", missing.join(", "));
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// Registers the metrics server that this process runs on `port`.
pub async fn register_metrics(wire: &Wire, port: u16) -> Result<()> {
    let service = json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "metrics-server", "namespace": "kube-system",
                     "labels": {"k8s-app": "metrics-server"}},
        "spec": {"type": "ExternalName", "externalName": "localhost",
                 "ports": [{"name": "https", "port": port}]}});
    let registration = json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io", "labels": {"k8s-app": "metrics-server"}},
        "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100,
                 "versionPriority": 100, "insecureSkipTLSVerify": true,
                 "service": {"name": "metrics-server", "namespace": "kube-system", "port": port}}});
    apply(wire, "kubeadm", &service).await?;
    apply(wire, "kubeadm", &registration).await?;
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let answer = wire
            .ask("/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods")
            .await?;
        if answer.status == 200 {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "the metrics API does not answer: {} {}",
                answer.status,
                answer.body
            );
        }
        sleep(Duration::from_millis(200)).await;
    }
}
