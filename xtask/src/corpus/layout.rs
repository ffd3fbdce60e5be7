//! Which objects of an application stand in which file, and how each file is written.
//!
//! ```text
//! team07/app073/namespace.yaml    once a team
//!              /deployment.yaml   account, workload
//!              /service.yaml      Service, Ingress or Istio routes
//!              /config.yaml       ConfigMap, Secret
//!              /rbac.yaml  policy.yaml  jobs.yaml  monitoring.yaml  crd.yaml
//! ```

use serde_json::Value;

use super::app::{APPS_PER_TEAM, App, Shape};
use super::random::Random;
use super::yaml::{Origin, Style, render};
use super::{capacity, config, custom, network, rbac, workload};

/// One manifest: where it goes and the text of each of its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) path: String,
    pub(super) documents: Vec<String>,
    /// Whether the first object is preceded by `---`, too.
    opening_marker: bool,
}

impl Manifest {
    pub(super) fn text(&self) -> String {
        let opening = if self.opening_marker { "---\n" } else { "" };
        format!("{opening}{}", self.documents.join("---\n"))
    }
}

/// The manifests of the application numbered `index`; none has more than five objects.
pub(super) fn manifests(seed: u64, index: usize) -> Vec<Manifest> {
    let mut random = Random::new(seed, index as u64);
    let style = Style::any(&mut random);
    let app = App::draw(index, style.origin == Origin::Helm, &mut random);
    let directory = format!("team{:02}/app{:03}", app.team(), app.index);

    let mut manifests = Vec::new();
    for (file, objects) in files(&app, &mut random) {
        if objects.is_empty() {
            continue;
        }
        let documents = objects
            .iter()
            .map(|object| document(&app, file, object, style, &mut random))
            .collect();
        let path = format!("{directory}/{file}.yaml");
        let opening_marker = style.origin == Origin::Helm || random.chance(20);
        manifests.push(Manifest {
            path,
            documents,
            opening_marker,
        });
    }
    manifests
}

fn files(app: &App, random: &mut Random) -> Vec<(&'static str, Vec<Value>)> {
    let mut files = Vec::new();
    if app.index.is_multiple_of(APPS_PER_TEAM) {
        files.push(("namespace", capacity::namespace(app, random)));
    }

    let mut with_rbac = rbac::grants(app, random);
    let mut with_workload = workload::objects(app, random);
    // An account stands beside its rights where it has some.
    let beside = if with_rbac.is_empty() {
        &mut with_workload
    } else {
        &mut with_rbac
    };
    beside.splice(0..0, rbac::account(app));

    let mut services = Vec::new();
    if app.serves() {
        services = network::services(app, random);
    }
    let mut jobs = Vec::new();
    if random.chance(25) {
        jobs.push(workload::migration(app, random));
    }
    // Some keep what belongs to the workload in one file.
    for (percent, others) in [(60, &mut services), (60, &mut jobs), (60, &mut with_rbac)] {
        if random.chance(percent) && with_workload.len() + others.len() <= 5 {
            with_workload.append(others);
        }
    }
    files.push((workload_file(app.shape), with_workload));
    files.push(("service", services));
    files.push(("rbac", with_rbac));

    let from_vault = random.chance(30);
    let mut configuration = config::objects(app, from_vault, random);
    if from_vault {
        configuration.push(custom::external_secret(app));
    }
    files.push(("config", configuration));

    let mut policies = network::policies(app, random);
    policies.extend(capacity::availability(app, random));
    files.push(("policy", policies));

    files.push(("jobs", jobs));
    let mut monitoring = Vec::new();
    if app.serves() && random.chance(35) {
        monitoring.extend([custom::service_monitor(app), custom::prometheus_rule(app)]);
    }
    if random.chance(12) {
        monitoring.push(config::dashboard(app, random));
    }
    files.push(("monitoring", monitoring));
    if app.index.is_multiple_of(APPS_PER_TEAM * 4) {
        files.push(("crd", custom::definition(app)));
    }
    files
}

fn workload_file(shape: Shape) -> &'static str {
    match shape {
        Shape::Deployment => "deployment",
        Shape::StatefulSet => "statefulset",
        Shape::DaemonSet => "daemonset",
        Shape::CronJob => "cronjob",
        Shape::Job => "job",
        Shape::Pod => "pod",
    }
}

fn document(app: &App, file: &str, object: &Value, style: Style, random: &mut Random) -> String {
    let body = render(object, style, random);
    match style.origin {
        Origin::Helm => format!("# Source: {}/templates/{file}.yaml\n{body}", app.name),
        Origin::Hand if random.chance(15) => {
            let kind = object["kind"].as_str().unwrap_or_default();
            format!(
                "# {kind} of {}; owner: team {}\n{body}",
                app.name, app.namespace
            )
        }
        Origin::Hand | Origin::Tool => body,
    }
}
