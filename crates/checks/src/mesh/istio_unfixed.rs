//! A release of Istio with known flaws.

use catseye_model::PodView;

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;
use crate::network::image::{self, Release};

check! {
    /// A release of Istio with known flaws runs
    ///
    /// The proxies of the mesh are what strangers talk to first. Each security bulletin of Istio
    /// tells how to crash them, to go around authorization or to bring the control plane down, and
    /// releases out of support get no fixes at all.
    ///
    /// **Fix:** Upgrade to the newest patch of a supported release, then restart the workloads so that
    /// they get the new proxy. See <https://istio.io/latest/news/security/>.
    "MESH-010" {
        severity: High,
        rows: ["E10"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec: {template: {spec: {containers: [{name: discovery, image: 'docker.io/istio/pilot:1.30.2'}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: istio-proxy, image: 'gcr.io/istio-release/proxyv2:1.18.7-distroless'}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: istio-system}
spec: {template: {spec: {containers: [{name: discovery, image: 'docker.io/istio/pilot:1.30.4'}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: istio-proxy, image: 'docker.io/istio/proxyv2:1.31.0'}
  - {name: other, image: 'example.com/autopilot:1.2.3'}
  - {name: gateway, image: auto}
",
        ],
        run: Pods(run),
    }
}

/// The first release of each supported line without known flaws, newest first; as of 2026-08-26
/// (ISTIO-SECURITY-2026-006). Older lines are out of support.
const FIXED: &[Release] = &[Release(1, 30, 4), Release(1, 29, 7)];

const IMAGES: &[&str] = &["/pilot", "/proxyv2", "/ztunnel", "/install-cni"];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in pod.long_running_containers() {
        let Some(image) = container.image else {
            continue;
        };
        let repository = image::repository(image);
        if !IMAGES.iter().any(|name| repository.ends_with(name)) {
            continue;
        }
        let Some(release) = image::release(image) else {
            continue;
        };
        let fixed = FIXED.iter().find(|first| first.minor() == release.minor());
        match fixed {
            Some(first) if release < *first => found.in_container(
                container,
                "image",
                format!("Istio {release} has flaws that {first} mends"),
            ),
            None if FIXED.last().is_some_and(|oldest| release < *oldest) => found.in_container(
                container,
                "image",
                format!("Istio {release} is out of support"),
            ),
            _ => {}
        }
    }
}
