//! CronJobs that one hung run stops for good.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// One hung run stops a CronJob for good
    ///
    /// With `concurrencyPolicy: Forbid` no run starts while another is under way. A run that hangs
    /// without `activeDeadlineSeconds` is under way forever: the backup or clean-up behind it
    /// silently stops.
    ///
    /// **Fix:** Give each run a deadline:
    /// ```yaml
    /// spec:
    ///   concurrencyPolicy: Forbid
    ///   jobTemplate:
    ///     spec:
    ///       activeDeadlineSeconds: 3600
    /// ```
    "REL-122" {
        severity: Low,
        rows: ["H11"],
        fails: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  concurrencyPolicy: Forbid
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  concurrencyPolicy: Forbid
  jobTemplate: {spec: {activeDeadlineSeconds: 60, template: {spec: {containers: [{name: app, image: i}]}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: b}
spec:
  concurrencyPolicy: Replace
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        run: Objects(&[Kind::CronJob], run),
    }
}

fn run(job: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = job.value().at("spec");
    let forbids = spec.text("concurrencyPolicy") == Some("Forbid");
    let bounded = spec.has("jobTemplate.spec.activeDeadlineSeconds")
        || spec.has("jobTemplate.spec.template.spec.activeDeadlineSeconds");
    if forbids && !bounded {
        found.at(
            FieldPath::root().join("spec.jobTemplate.spec.activeDeadlineSeconds"),
            "a run that hangs keeps all later runs from starting",
        );
    }
}
