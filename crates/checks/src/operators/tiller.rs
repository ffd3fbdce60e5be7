//! The server part of Helm 2.

use catseye_model::PodView;

use super::image_version::repository;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Tiller runs in the cluster
    ///
    /// The server of Helm 2 installs whatever it is sent with its own rights, mostly cluster-admin, and asks
    /// for no credentials unless mutual TLS was set up. Every pod that reaches port 44134 owns the
    /// cluster. Helm 2 has had no security fixes since November 2020.
    ///
    /// **Fix:** Move the releases to Helm 3 (`helm 2to3`), then `helm reset`: delete the Deployment, its Service and its
    /// ClusterRoleBinding.
    "OPR-016" {
        severity: High,
        rows: ["F16"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: tiller-deploy, namespace: kube-system}
spec: {template: {spec: {containers: [{name: tiller, image: 'ghcr.io/helm/tiller:v2.17.0'}]}}}
",
            r"
# A mirror of the image under another name.
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    metadata: {labels: {app: helm, name: tiller}}
    spec: {containers: [{name: a, image: registry.example.com/mirror/helm2}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    metadata: {labels: {app: helm, name: helm-controller}}
    spec: {containers: [{name: a, image: example.com/tillerman:1}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    let labelled = pod.label("app") == Some("helm") && pod.label("name") == Some("tiller");
    let mut named = false;
    for container in &pod.containers {
        let is_tiller = container
            .image
            .is_some_and(|image| repository(image).rsplit('/').next() == Some("tiller"));
        if is_tiller {
            named = true;
            found.in_container(container, "image", "runs Tiller");
        }
    }
    if labelled && !named {
        let path = pod.metadata_path("labels.name");
        found.at(path, "is labelled as Tiller");
    }
}
