//! CronJobs that keep no trace of their runs, or too many.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A CronJob keeps no failed run, or too many runs
    ///
    /// With `failedJobsHistoryLimit: 0` a failed run vanishes with its logs, and neither an error
    /// nor an intrusion leaves a trace. A history of dozens of runs keeps as many Jobs and pods
    /// in the API server, for every CronJob.
    ///
    /// **Fix:** Leave the fields out (three good runs and one failed are kept), or name a few:
    /// ```yaml
    /// spec:
    ///   successfulJobsHistoryLimit: 3
    ///   failedJobsHistoryLimit: 1
    /// ```
    "REL-120" {
        severity: Low,
        rows: ["H11"],
        fails: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  failedJobsHistoryLimit: 0
  successfulJobsHistoryLimit: 100
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  failedJobsHistoryLimit: 1
  successfulJobsHistoryLimit: 0
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        run: Objects(&[Kind::CronJob], run),
    }
}

/// Two weeks of daily runs, and some.
const MANY: i64 = 20;

fn run(job: &Object, _: &Context<'_>, found: &mut Findings) {
    for field in ["failedJobsHistoryLimit", "successfulJobsHistoryLimit"] {
        let path = || FieldPath::root().join("spec").join(field);
        match job.value().at("spec").integer(field) {
            Some(0) if field == "failedJobsHistoryLimit" => {
                found.at(path(), "keeps no trace of failed runs");
            }
            Some(limit) if limit > MANY => {
                found.at(path(), format!("keeps {limit} finished runs"));
            }
            _ => {}
        }
    }
}
