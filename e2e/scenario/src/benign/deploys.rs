//! Continuous delivery: a commit is merged, Argo CD applies what it changed and writes down that it did;
//! the author watches the rollout.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use catseye_model::Fields;
use serde_json::{Value, json};

use crate::call::{Call, Expect, Payload};
use crate::cast::{argocd, person};
use crate::clock::{HOUR, MINUTE, Moment};
use crate::dice::Dice;
use crate::kubectl;
use crate::repository::{Commit, Repository, path_of};
use crate::timetable::{Timetable, working_hours};

/// The services that are released, with who releases them.
const RELEASED: [(&str, &str, &str); 11] = [
    ("shop", "frontend", "chloe"),
    ("shop", "catalog", "lena"),
    ("shop", "cart", "omar"),
    ("shop", "search", "lena"),
    ("shop", "recommendations", "omar"),
    ("shop", "reviews", "chloe"),
    ("payments", "checkout", "ravi"),
    ("payments", "payment", "ida"),
    ("payments", "orders", "felix"),
    ("payments", "shipping", "ida"),
    ("payments", "notifications", "felix"),
];

/// Releases on every working day before the holiday freeze; then one urgent repair.
pub fn plan(
    table: &mut Timetable,
    repository: &mut Repository,
    seed: u64,
    days: i64,
) -> Result<()> {
    let mut dice = Dice::new(seed, "deploys");
    let mut releases = Vec::new();
    for day in 0..days.min(4) {
        for _ in 0..dice.between(3, 6) {
            releases.push((working_hours(&mut dice, day), *dice.pick(&RELEASED)));
        }
    }
    if days > 4 {
        releases.push((Moment::at(4, 14, 20), RELEASED[2]));
    }
    releases.sort();
    let mut versions = BTreeMap::new();
    let mut settings = settings(days);
    for (at, (namespace, service, author)) in releases {
        while let Some(setting) = settings.pop_if(|setting| setting.at <= at) {
            deliver(table, repository, setting)?;
        }
        let file = format!("{namespace}/{service}.yaml");
        let image = format!("registry.shop.example/{namespace}/{service}:");
        let version = match versions.remove(&file) {
            Some(version) => version,
            None => first_version(repository, &file, &image)?,
        };
        let next = next_version(&version)?;
        let commit = Commit {
            at,
            file: file.clone(),
            from: format!("{image}{version}"),
            to: format!("{image}{next}"),
        };
        versions.insert(file, next);
        deliver(table, repository, commit)?;
        table.add(
            at.plus(4 * MINUTE),
            kubectl::rollout_status(&person(author), namespace, service),
        );
    }
    for setting in settings.into_iter().rev() {
        deliver(table, repository, setting)?;
    }
    refreshes(table, seed, days);
    Ok(())
}

/// What is set for the holiday, last first.
fn settings(days: i64) -> Vec<Commit> {
    let commit = |at, file: &str, from: &str, to: &str| Commit {
        at,
        file: file.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let mut all = vec![
        commit(
            Moment::at(2, 16, 30),
            "shop/frontend.yaml",
            "maxReplicas: 12",
            "maxReplicas: 16",
        ),
        commit(
            Moment::at(3, 10, 5),
            "payments/checkout.yaml",
            "maxReplicas: 9",
            "maxReplicas: 12",
        ),
        commit(
            Moment::at(4, 6, 0),
            "shop/frontend.yaml",
            "value: \"off\"",
            "value: \"on\"",
        ),
    ];
    all.retain(|commit| commit.at < Moment::at(days, 0, 0));
    all.reverse();
    all
}

fn deliver(table: &mut Timetable, repository: &mut Repository, commit: Commit) -> Result<()> {
    let at = commit.at;
    let app = commit.file.split('/').next().unwrap_or_default().to_owned();
    let revision = format!("{:08x}", at.0 * 2_654_435 % 0xffff_ffff);
    let changed = repository.commit(commit)?;
    let robot = argocd();
    let application = application(&app);
    let mut calls = vec![robot.get(application.clone())];
    for object in changed {
        calls.push(applied(&object)?);
    }
    calls.push(robot.merge(
        format!("{application}/status"),
        json!({"status": {"sync": {"revision": revision},
                          "operationState": {"phase": "Completed", "finishedAt": "{now}"}}}),
    ));
    // Argo CD polls Git every three minutes.
    table.add(at.plus(2 * MINUTE), calls);
    Ok(())
}

fn application(app: &str) -> String {
    format!("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{app}")
}

fn applied(object: &Value) -> Result<Call> {
    let path = path_of(object)?;
    let mut object = object.clone();
    let kind = object.text("kind").unwrap_or_default();
    let name = object.text("metadata.name").unwrap_or_default();
    let namespace = object.text("metadata.namespace").unwrap_or_default();
    let group = object
        .text("apiVersion")
        .and_then(|version| version.split_once('/'));
    let group = group.map_or("", |(group, _)| group);
    let tracking = format!("{namespace}:{group}/{kind}:{namespace}/{name}");
    object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!(tracking);
    Ok(Call::new(
        &argocd(),
        http::Method::PATCH,
        format!("{path}?fieldManager=argocd-controller&force=true"),
        Payload::Apply(object),
    )
    // What somebody set by hand can make the repository's own manifest invalid.
    .expecting(Expect::Anything))
}

/// Argo CD compares an application with Git now and then, and says so.
fn refreshes(table: &mut Timetable, seed: u64, days: i64) {
    let mut dice = Dice::new(seed, "refreshes");
    for hour in 0..days * 24 {
        let app = *dice.pick(&[
            "shop",
            "payments",
            "data",
            "monitoring",
            "operators",
            "vault",
        ]);
        let robot = argocd();
        let calls = vec![
            robot.get(application(app)),
            robot
                .merge(
                    application(app),
                    json!({"status": {"reconciledAt": "{now}", "health": {"status": "Healthy"}}}),
                )
                .expecting(Expect::Anything),
        ];
        table.add(Moment(hour * HOUR + dice.between(0, HOUR)), calls);
    }
}

fn first_version(repository: &Repository, file: &str, image: &str) -> Result<String> {
    let files = repository.files_at(None);
    let text = files.get(file).with_context(|| file.to_owned())?;
    let (_, after) = text.split_once(image).with_context(|| image.to_owned())?;
    let version = after.lines().next().unwrap_or_default();
    Ok(version.trim().to_owned())
}

fn next_version(version: &str) -> Result<String> {
    let (stem, patch) = version
        .rsplit_once('.')
        .context("a version of three numbers")?;
    let patch: u32 = patch.parse()?;
    Ok(format!("{stem}.{}", patch + 1))
}

#[cfg(test)]
mod tests {
    use super::next_version;

    #[test]
    fn a_release_raises_the_last_number() {
        assert_eq!(next_version("1.8.9").unwrap(), "1.8.10");
    }
}
