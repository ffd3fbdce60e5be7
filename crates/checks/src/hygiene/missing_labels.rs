//! Workloads and Services that do not say whose they are.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object, PodView};

use super::labels;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An object lacks the labels that say whose it is
    ///
    /// In an incident somebody must know at once which application a pod belongs to and who owns
    /// it; policies and budgets select by labels as well. What carries none of them stays outside
    /// of both.
    ///
    /// **Fix:** Label the workload and its pods:
    /// ```yaml
    /// metadata:
    ///   labels:
    ///     app: cart
    ///     owner: team-shop
    /// ```
    /// The labels and annotations that the team demands stand in `catseye.toml` under `metadata`;
    /// without them, any label that names the application, tier, version, owner or environment will
    /// do.
    "HYG-008" {
        severity: Info,
        rows: ["H08"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: {tier: web}}
spec:
  template:
    metadata: {labels: {color: blue}}
    spec: {containers: [{name: app, image: i}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: app, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, labels: {app.kubernetes.io/name: a}}
spec:
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: no-opinion}
",
        ],
        run: Objects(LABELLED, run),
    }
}

const LABELLED: &[Kind] = &[
    Kind::Service,
    Kind::Pod,
    Kind::PodTemplate,
    Kind::ReplicationController,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::DaemonSet,
    Kind::StatefulSet,
    Kind::Job,
    Kind::CronJob,
    Kind::Rollout,
    Kind::DeploymentConfig,
];

/// Labels that say something about whose an object is.
const TELLING: [&str; 14] = [
    "app",
    "app.kubernetes.io/component",
    "app.kubernetes.io/created-by",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/name",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/version",
    "env",
    "k8s-app",
    "owner",
    "phase",
    "tier",
    "version",
];

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let demanded = &context.config.metadata;
    if object.kind() == Kind::Service {
        let labels = FieldPath::root().join("metadata.labels");
        lacking(object.labels(), &labels, &demanded.service_labels, found);
        return;
    }
    let Some(pod) = PodView::of(object) else {
        return;
    };
    let annotations = FieldPath::root().join("metadata.annotations");
    let present = object.value().at("metadata.annotations");
    lacking(present, &annotations, &demanded.workload_annotations, found);
    for (labels, path) in labels::of_workload(&pod) {
        if !demanded.workload_labels.is_empty() {
            lacking(labels, &path, &demanded.workload_labels, found);
        } else if !TELLING.iter().any(|key| labels.get(key).is_some()) {
            found.at(
                path,
                "no label names the application, its tier or its owner",
            );
        }
    }
}

fn lacking(present: &Value, path: &FieldPath, demanded: &[String], found: &mut Findings) {
    for key in demanded {
        if present.get(key).is_none() {
            found.at(path.clone().key(key), format!("{key} is missing"));
        }
    }
}
