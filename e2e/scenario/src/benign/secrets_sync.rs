//! external-secrets copies values from the vault into Secrets, and says so in each `ExternalSecret`.

use anyhow::Result;
use catseye_model::Fields;
use serde_json::{Value, json};

use crate::call::Call;
use crate::cast::{Actor, robot};
use crate::clock::{HOUR, MINUTE, Moment};
use crate::repository::{Repository, objects, path_of};
use crate::timetable::Timetable;

/// The identity of the controller.
pub fn controller() -> Actor {
    robot(
        "operators",
        "external-secrets",
        "external-secrets/v0.20.4 (linux/amd64) kubernetes/client-go",
    )
}

/// A round every two hours; a value changes once a day.
pub fn plan(table: &mut Timetable, repository: &Repository, days: i64) -> Result<()> {
    let mut wanted = Vec::new();
    for text in repository.files_at(None).values() {
        let found = objects(text)?;
        wanted.extend(
            found
                .into_iter()
                .filter(|object| object.text("kind") == Some("ExternalSecret")),
        );
    }
    for round in 0..days * 12 {
        for (place, external) in (0_i64..).zip(&wanted) {
            let at = Moment(round * 2 * HOUR + place * 3 * MINUTE);
            let rotates = round % 12 == 3 && place == (round / 12) % 11;
            table.add(at, sync(external, rotates)?);
        }
    }
    Ok(())
}

fn sync(external: &Value, rotates: bool) -> Result<Vec<Call>> {
    let robot = controller();
    let namespace = external.text("metadata.namespace").unwrap_or_default();
    let name = external.text("metadata.name").unwrap_or_default();
    let secret = format!("/api/v1/namespaces/{namespace}/secrets/{name}");
    let mut calls = vec![robot.get(secret.clone())];
    if rotates {
        calls.push(robot.rewrite(
            secret,
            json!({"metadata": {"annotations": {"reconcile.external-secrets.io/rotated": "{now}"}}}),
        ));
    }
    calls.push(robot.merge(
        format!("{}/status", path_of(external)?),
        json!({"status": {"refreshTime": "{now}", "conditions": [
            {"type": "Ready", "status": "True", "reason": "SecretSynced"}]}}),
    ));
    Ok(calls)
}
