//! Jobs that stay after they finish.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A finished Job is never cleaned up
    ///
    /// A Job that no CronJob owns stays with its pods, their logs and their secrets in the
    /// environment until somebody deletes it.
    ///
    /// **Fix:** Let it go some time after it finished:
    /// ```yaml
    /// spec:
    ///   ttlSecondsAfterFinished: 3600
    /// ```
    "REL-121" {
        severity: Info,
        rows: ["H11"],
        fails: [
            r"
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec: {ttlSecondsAfterFinished: 0, template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: of-a-cron-job
  ownerReferences: [{apiVersion: batch/v1, kind: CronJob, name: a, controller: true}]
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: helm-deletes-it
  annotations: {helm.sh/hook: post-install, helm.sh/hook-delete-policy: hook-succeeded}
spec: {template: {spec: {containers: [{name: app, image: i}]}}}
",
        ],
        run: Objects(&[Kind::Job], run),
    }
}

/// Annotations by which a deployment tool says when it deletes a Job.
const DELETED_BY_TOOL: [&str; 2] = [
    "helm.sh/hook-delete-policy",
    "argocd.argoproj.io/hook-delete-policy",
];

fn run(job: &Object, _: &Context<'_>, found: &mut Findings) {
    let owned = !job.value().list("metadata.ownerReferences").is_empty();
    let tool_deletes = DELETED_BY_TOOL
        .iter()
        .any(|annotation| job.annotation(annotation).is_some());
    if !owned && !tool_deletes && !job.value().has("spec.ttlSecondsAfterFinished") {
        found.at(
            FieldPath::root().join("spec.ttlSecondsAfterFinished"),
            "stays after it finished",
        );
    }
}
