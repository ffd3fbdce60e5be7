//! CronJobs whose late runs are never given up.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A CronJob does not say how late a run may start
    ///
    /// After an outage of the control plane, or while runs are suspended, a CronJob without
    /// `startingDeadlineSeconds` starts what it missed as soon as it can, all CronJobs at a time
    /// and at an hour nobody planned. A deadline below ten seconds, on the other hand, may miss
    /// every run, because the controller looks only every ten seconds.
    ///
    /// **Fix:** Say how late a run still makes sense:
    /// ```yaml
    /// spec:
    ///   startingDeadlineSeconds: 300
    /// ```
    "REL-011" {
        severity: Info,
        rows: ["H11"],
        fails: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '0 3 * * *'
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '0 3 * * *'
  startingDeadlineSeconds: 5
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '0 3 * * *'
  startingDeadlineSeconds: 300
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        run: Objects(&[Kind::CronJob], run),
    }
}

fn run(job: &Object, _: &Context<'_>, found: &mut Findings) {
    let path = || FieldPath::root().join("spec.startingDeadlineSeconds");
    match job.value().integer("spec.startingDeadlineSeconds") {
        None => found.at(path(), "does not say how late a run may start"),
        Some(seconds) if seconds < 10 => found.at_severity(
            Severity::Medium,
            path(),
            format!("{seconds} seconds are less than the controller takes to look"),
        ),
        Some(_) => {}
    }
}
