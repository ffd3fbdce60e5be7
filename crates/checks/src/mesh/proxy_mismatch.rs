//! A sidecar of another release than the control plane.

use catseye_model::PodView;

use super::istio::Istio;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::network::image;

check! {
    /// A sidecar is of another release than the control plane
    ///
    /// Pods keep the proxy they were started with. One that was left behind lacks the security fixes
    /// that the upgrade was made for, and may not understand the configuration it is sent.
    ///
    /// **Fix:** Restart the workload after an upgrade of Istio, so that the new proxy is injected:
    /// `kubectl rollout restart deployment NAME`.
    "MESH-110" {
        severity: Low,
        rows: ["E07"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec: {template: {spec: {containers: [{name: discovery, image: 'docker.io/istio/pilot:1.30.4'}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {initContainers: [{name: istio-proxy, image: 'docker.io/istio/proxyv2:1.28.2', restartPolicy: Always}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec: {template: {spec: {containers: [{name: discovery, image: 'docker.io/istio/pilot:1.30.4'}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod-canary, namespace: istio-system}
spec: {template: {spec: {containers: [{name: discovery, image: 'docker.io/istio/pilot:1.31.0'}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: istio-proxy, image: 'docker.io/istio/proxyv2:1.30.4-distroless'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: gateway}
spec: {containers: [{name: istio-proxy, image: auto}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: control-plane-not-visible}
spec: {containers: [{name: istio-proxy, image: 'docker.io/istio/proxyv2:1.30.4'}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in pod.long_running_containers() {
        let Some(image) = container.image.filter(|_| container.name == "istio-proxy") else {
            continue;
        };
        let Some(release) = image::release(image) else {
            continue;
        };
        let istio = context.index::<Istio>();
        if !istio.control_planes.is_empty() && !istio.control_planes.contains(&release) {
            found.in_container(
                container,
                "image",
                format!("the proxy is of release {release}, no control plane is"),
            );
        }
    }
}
