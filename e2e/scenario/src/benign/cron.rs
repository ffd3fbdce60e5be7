//! Cron jobs run on the story's clock.
//!
//! The real controller reads the machine's clock, on which a day of the story lasts less than a minute, so
//! its starts are played: with its own account, the same calls, the same names of Jobs.

use anyhow::{Context, Result};
use catseye_model::Fields;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, Expect};
use crate::cast::built_in_controller;
use crate::clock::{DAY, HOUR, MINUTE, Moment};
use crate::repository::{Repository, objects, path_of};
use crate::timetable::Timetable;

/// Every `CronJob` of the repository, on each of `days` from `epoch`.
pub fn plan(
    table: &mut Timetable,
    repository: &Repository,
    epoch: Timestamp,
    days: i64,
) -> Result<()> {
    for (file, text) in repository.files_at(None) {
        for object in objects(&text).with_context(|| file.clone())? {
            if object.text("kind") != Some("CronJob") {
                continue;
            }
            let daily = object.text("spec.schedule").context("a schedule")?;
            let mut fields = daily.split(' ');
            let minute: i64 = fields.next().unwrap_or_default().parse()?;
            let hour: i64 = fields.next().unwrap_or_default().parse()?;
            for day in 0..days {
                let at = Moment::at(day, hour, minute);
                let number = (epoch.as_second() + day * DAY + hour * HOUR + minute * MINUTE) / 60;
                table.add(at, started(&object, number)?);
                // The hollow runtime's errands take two seconds, which are about an hour.
                table.add(at.plus(2 * HOUR), ended(&object)?);
            }
        }
    }
    Ok(())
}

fn started(cron: &Value, number: i64) -> Result<Vec<Call>> {
    let controller = built_in_controller("cronjob-controller");
    let namespace = cron.text("metadata.namespace").context("a namespace")?;
    let name = cron.text("metadata.name").context("a name")?;
    let path = path_of(cron)?;
    let job = format!("{name}-{number}");
    let object = json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": job, "namespace": namespace,
            "annotations": {"batch.kubernetes.io/cronjob-scheduled-timestamp": "{now}"},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": name,
                "uid": format!("{{uid:{path}}}"), "controller": true, "blockOwnerDeletion": true}]},
        "spec": cron.at("spec.jobTemplate.spec")});
    let jobs = format!("/apis/batch/v1/namespaces/{namespace}/jobs");
    let active = json!([{"apiVersion": "batch/v1", "kind": "Job", "namespace": namespace, "name": job,
                         "uid": format!("{{uid:{jobs}/{job}}}")}]);
    Ok(vec![
        controller.post(jobs, object),
        controller
            .rewrite(
                format!("{path}/status"),
                json!({"status": {"lastScheduleTime": "{now}", "active": active}}),
            )
            .expecting(Expect::Anything),
    ])
}

fn ended(cron: &Value) -> Result<Vec<Call>> {
    let controller = built_in_controller("cronjob-controller");
    Ok(vec![
        controller
            .rewrite(
                format!("{}/status", path_of(cron)?),
                json!({"status": {"lastSuccessfulTime": "{now}", "active": null}}),
            )
            .expecting(Expect::Anything),
    ])
}
