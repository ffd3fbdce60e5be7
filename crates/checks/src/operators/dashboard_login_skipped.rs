//! The Kubernetes dashboard without login, or with a login in the clear.

use catseye_model::{Container, PodView, Role};

use super::image_version::{ends_with, repository};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The Kubernetes dashboard can be used without a login, or takes it in the clear
    ///
    /// With `--enable-skip-login` whoever reaches the page acts as the dashboard's service account; a
    /// cluster of Tesla's was taken that way to mine coins. Without TLS, or with
    /// `--enable-insecure-login`, tokens that are pasted into the form can be read on the way.
    ///
    /// **Fix:** Remove the flags, serve TLS, and keep the page inside:
    /// ```yaml
    /// args:
    /// - --auto-generate-certificates
    /// - --namespace=kubernetes-dashboard
    /// ```
    "OPR-114" {
        severity: High,
        rows: ["C29"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubernetes-dashboard}
spec:
  template:
    spec:
      containers:
      - name: a
        image: kubernetesui/dashboard:v2.7.0
        args: [--auto-generate-certificates, --enable-skip-login]
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubernetes-dashboard}
spec: {template: {spec: {containers: [{name: a, image: 'kubernetesui/dashboard:v2.7.0', args: [--enable-insecure-login]}]}}}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: plain}
spec: {template: {spec: {containers: [{name: a, image: 'kubernetesui/dashboard:v2.7.0'}]}}}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubernetes-dashboard}
spec:
  template:
    spec:
      containers:
      - name: a
        image: kubernetesui/dashboard:v2.7.0
        args: [--auto-generate-certificates, --namespace=kubernetes-dashboard, --enable-skip-login=false]
      - {name: scraper, image: 'kubernetesui/metrics-scraper:v1.0.8'}
      - {name: of-a-later-generation, image: 'kubernetesui/dashboard-web:1.4.0'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: another-program}
spec: {template: {spec: {containers: [{name: a, image: 'example.com/dashboard:1', args: [--enable-skip-login]}]}}}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let Some(generation) = container.image.and_then(generation) else {
            continue;
        };
        let mut serves_tls = false;
        let mut told = false;
        for (path, word) in container.words() {
            let words = match word.strip_suffix("=true").unwrap_or(word) {
                "--enable-skip-login" => "can be used without a login",
                "--enable-insecure-login" => "takes logins over plain HTTP",
                flag => {
                    serves_tls |= flag == "--auto-generate-certificates"
                        || flag.starts_with("--tls-cert-file");
                    continue;
                }
            };
            told = true;
            found.in_container_at(container, path, words);
        }
        if generation == Generation::OneProgram && !serves_tls && !told && is_served(container) {
            found.in_container(container, "args", "serves plain HTTP");
        }
    }
}

#[derive(PartialEq)]
enum Generation {
    /// Up to version 2, one program that serves TLS itself.
    OneProgram,
    /// From version 3 on, several behind a gateway that does.
    Several,
}

fn generation(image: &str) -> Option<Generation> {
    let repository = repository(image);
    let name = repository.rsplit('/').next().unwrap_or_default();
    if name.starts_with("kubernetes-dashboard") || ends_with(repository, "kubernetesui/dashboard") {
        Some(Generation::OneProgram)
    } else {
        repository
            .contains("kubernetesui/dashboard-")
            .then_some(Generation::Several)
    }
}

fn is_served(container: &Container<'_>) -> bool {
    container.role == Role::Main
}
