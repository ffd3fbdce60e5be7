//! The workload kinds around one pod specification.

use serde_json::{Value, json};

use super::app::{App, Fault, Shape};
use super::pod;
use super::random::Random;

/// The workload of `app`, and the claim it mounts where it has one of its own.
pub(super) fn objects(app: &App, random: &mut Random) -> Vec<Value> {
    let template = template(app, random);
    let object = |api_version, kind, body| app.object(api_version, kind, &app.name, body);
    match app.shape {
        Shape::Deployment => {
            let body = json!({"spec": {
                "replicas": random.pick(&[2, 2, 3, 3, 4, 6]),
                "revisionHistoryLimit": 5,
                "selector": {"matchLabels": app.selector()},
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
                },
                "template": template,
            }});
            vec![object("apps/v1", "Deployment", body)]
        }
        Shape::StatefulSet => {
            let body = json!({"spec": {
                "replicas": random.pick(&[1, 2, 3, 3]),
                "serviceName": format!("{}-headless", app.name),
                "selector": {"matchLabels": app.selector()},
                "template": template,
                "volumeClaimTemplates": [{
                    "metadata": {"name": "data"},
                    "spec": claim_spec("10Gi"),
                }],
            }});
            vec![object("apps/v1", "StatefulSet", body)]
        }
        Shape::DaemonSet => {
            let body = json!({"spec": {
                "selector": {"matchLabels": app.selector()},
                "updateStrategy": {"type": "RollingUpdate"},
                "template": template,
            }});
            vec![object("apps/v1", "DaemonSet", body)]
        }
        Shape::CronJob => {
            let minute = random.below(60);
            let body = json!({"spec": {
                "schedule": format!("{minute} {} * * *", random.pick(&["2", "*/4", "0", "6"])),
                "concurrencyPolicy": "Forbid",
                "successfulJobsHistoryLimit": 1,
                "jobTemplate": {"spec": {"backoffLimit": 2, "template": template}},
            }});
            vec![object("batch/v1", "CronJob", body), claim(app)]
        }
        Shape::Job => {
            let body = json!({"spec": {
                "backoffLimit": 3,
                "ttlSecondsAfterFinished": 3600,
                "template": template,
            }});
            vec![object("batch/v1", "Job", body)]
        }
        Shape::Pod => vec![object("v1", "Pod", json!({"spec": template["spec"]}))],
    }
}

/// The job that prepares the database before `app` is rolled out.
pub(super) fn migration(app: &App, random: &mut Random) -> Value {
    let mut batch = app.clone();
    batch.shape = Shape::Job;
    let mut spec = pod::spec(&batch, random);
    spec["containers"][0]["args"] = json!(["migrate", "--to", "latest"]);
    let name = format!("{}-migrate", app.name);
    let mut object = app.object(
        "batch/v1",
        "Job",
        &name,
        json!({"spec": {
            "backoffLimit": 1,
            // Not the labels of the app: its Service must not select a migration.
            "template": {"metadata": {"labels": {"job": name}}, "spec": spec},
        }}),
    );
    if app.helm {
        object["metadata"]["annotations"] =
            json!({"helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-weight": "-5"});
    }
    object
}

fn template(app: &App, random: &mut Random) -> Value {
    let mut template =
        json!({"metadata": {"labels": app.labels()}, "spec": pod::spec(app, random)});
    if random.chance(35) {
        template["metadata"]["annotations"] = json!({
            "prometheus.io/scrape": "true",
            "prometheus.io/port": app.port.to_string(),
            "checksum/config": app.digest,
        });
    }
    if random.chance(10) && !app.has(Fault::PermissiveMesh) {
        template["metadata"]["annotations"]["sidecar.istio.io/inject"] = json!("true");
    }
    template
}

fn claim(app: &App) -> Value {
    let name = format!("{}-scratch", app.name);
    app.object(
        "v1",
        "PersistentVolumeClaim",
        &name,
        json!({"spec": claim_spec("20Gi")}),
    )
}

fn claim_spec(storage: &str) -> Value {
    json!({
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "standard-encrypted",
        "resources": {"requests": {"storage": storage}},
    })
}
