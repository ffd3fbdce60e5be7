//! Scans made by hand for the tests of the renderers: a shop with a bit of everything, names that
//! try to break out of every format, and a scan of any size.

use std::collections::BTreeMap;
use std::sync::Arc;

use catseye_model::{Position, Severity};

use crate::scan::{Finding, FolderScore, Object, ObjectScore, Place, Scan, Summary, Tool, VERSION};

mod checks;
mod hostile;
mod shop;

use checks::{check, info};
pub(crate) use hostile::hostile;
pub(crate) use shop::shop;

/// An object; the namespace may be empty.
pub(crate) fn object(kind: &str, namespace: &str, name: &str) -> Object {
    let api_version = match kind {
        "Namespace" | "Service" | "ConfigMap" | "Pod" => "v1",
        "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    Object {
        kind: kind.to_owned(),
        api_version: api_version.to_owned(),
        namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        name: name.to_owned(),
        application: name.split('-').next().unwrap_or_default().to_owned(),
        owner: (namespace == "shop").then(|| "team-checkout".to_owned()),
    }
}

/// A finding with one place for each of (path, container, message).
pub(crate) fn finding(
    id: &str,
    object: &Object,
    file: &str,
    places: &[(&str, Option<&str>, &str)],
) -> Finding {
    let row = check(id);
    let places = (10_u32..)
        .step_by(7)
        .zip(places)
        .map(|(line, (path, container, message))| Place {
            path: (*path).to_owned(),
            container: container.map(str::to_owned),
            message: (*message).to_owned(),
            severity: row.3,
            position: Position {
                line,
                column: 11,
                end_line: line,
                end_column: 27,
                exact: true,
            },
            fingerprint: format!("{:032x}", u128::from(line) * 0x9e37_79b9_7f4a_7c15),
        })
        .collect();
    Finding {
        check: row.0,
        severity: row.3,
        object: object.clone().into(),
        file: file.into(),
        places,
    }
}

/// A scan of these findings alone; everything that follows from them is worked out.
pub(crate) fn scan(mut findings: Vec<Finding>) -> Scan {
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.file, &a.object, a.check).cmp(&(&b.file, &b.object, b.check)))
    });
    let mut counts: BTreeMap<Severity, usize> =
        Severity::WORST_FIRST.map(|severity| (severity, 0)).into();
    let mut lost: BTreeMap<(Arc<str>, Arc<Object>), u32> = BTreeMap::new();
    for finding in &findings {
        *counts.entry(finding.severity).or_default() += 1;
        *lost
            .entry((finding.file.clone(), finding.object.clone()))
            .or_default() += catseye_checks::score::cost(finding.severity);
    }
    let mut scores: Vec<ObjectScore> = lost
        .into_iter()
        .map(|((file, object), lost)| {
            let score = u8::try_from(100_u32.saturating_sub(lost)).expect("at most 100");
            ObjectScore {
                object,
                file,
                score,
                explained: format!("{score} = 100 - {lost}"),
            }
        })
        .collect();
    scores.sort_by_key(|score| score.score);
    let mean = catseye_checks::score::mean(scores.iter().map(|score| score.score));
    Scan {
        version: VERSION,
        tool: Tool {
            name: "catseye",
            version: "0.1.0",
        },
        kubernetes_version: "1.33".to_owned(),
        summary: Summary {
            files: 9,
            objects: 31,
            workloads: scores.len(),
            checks: 214,
            score: mean,
            findings: counts,
            passed: 1204,
            ..Summary::default()
        },
        checks: findings
            .iter()
            .map(|finding| (finding.check, info(finding.check)))
            .collect(),
        folders: vec![
            folder(".", mean, scores.len()),
            folder("deploy", mean, scores.len()),
        ],
        findings,
        scores,
        frameworks: Vec::new(),
        accepted: Vec::new(),
        notices: Vec::new(),
        unknown: Vec::new(),
        passed: None,
    }
}

fn folder(name: &str, score: u8, objects: usize) -> FolderScore {
    FolderScore {
        folder: name.to_owned(),
        score,
        objects,
        explained: format!("{score} = mean of {objects} objects"),
    }
}

/// A scan of this many objects with four or five findings each.
pub(crate) fn large(objects: usize) -> Scan {
    let mut findings = Vec::new();
    for index in 0..objects {
        let namespace = ["shop", "monitoring", "payments", "search"][index % 4];
        let subject = object("Deployment", namespace, &format!("service-{index:04}"));
        let file = format!("deploy/{namespace}/service-{index:04}.yaml");
        for (id, path) in [
            (
                "POD-012",
                "spec.template.spec.containers[0].securityContext.capabilities",
            ),
            ("SEC-001", "spec.template.spec.containers[0].env[0].value"),
            (
                "REL-004",
                "spec.template.spec.containers[0].resources.limits.memory",
            ),
            ("HYG-007", "metadata.labels"),
        ] {
            findings.push(finding(
                id,
                &subject,
                &file,
                &[(path, Some("app"), "is not as it should be")],
            ));
        }
        if index % 17 == 0 {
            findings.push(finding(
                "POD-001",
                &subject,
                &file,
                &[("spec", Some("app"), "runs privileged")],
            ));
        }
    }
    scan(findings)
}
