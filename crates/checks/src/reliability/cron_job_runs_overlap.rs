//! CronJobs whose runs may pile up.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Runs of a CronJob may overlap
    ///
    /// With `concurrencyPolicy: Allow`, which is the default, a run starts although the one before
    /// has not ended. Slow runs pile up, work on the same data at a time, and take the resources of
    /// the namespace.
    ///
    /// **Fix:** Skip a run while another is under way, or replace that one:
    /// ```yaml
    /// spec:
    ///   concurrencyPolicy: Forbid
    /// ```
    "REL-119" {
        severity: Info,
        rows: ["H11"],
        fails: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '* * * * *'
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        passes: [
            r"
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  schedule: '* * * * *'
  concurrencyPolicy: Replace
  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: i}]}}}}
",
        ],
        run: Objects(&[Kind::CronJob], run),
    }
}

fn run(job: &Object, _: &Context<'_>, found: &mut Findings) {
    if !matches!(
        job.value().text("spec.concurrencyPolicy"),
        Some("Forbid" | "Replace")
    ) {
        found.at(
            FieldPath::root().join("spec.concurrencyPolicy"),
            "a run starts although the one before has not ended",
        );
    }
}
