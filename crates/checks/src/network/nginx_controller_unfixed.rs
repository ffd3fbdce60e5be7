//! A release of ingress-nginx without security fixes.

use catseye_model::{PodView, Severity};

use super::nginx_controller::{FIXED, RETIRED, WITHOUT_NIGHTMARE, controller, lacks_fix};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The ingress-nginx controller gets no security fixes
    ///
    /// The Kubernetes project retired ingress-nginx in March 2026: flaws found since stay open.
    /// Releases before 1.13.9, 1.14.5 and 1.15.1 let an Ingress inject configuration and run code in
    /// the controller, which reads every Secret of the cluster; those before 1.11.5 and 1.12.1 let
    /// anyone in the pod network do so without a login (IngressNightmare, CVE-2025-1974).
    ///
    /// **Fix:** Move to a maintained controller, best one of the Gateway API
    /// (<https://gateway-api.sigs.k8s.io/implementations/>); until then run the last release:
    /// ```yaml
    /// image: registry.k8s.io/ingress-nginx/controller:v1.15.1
    /// ```
    "NET-019" {
        severity: Medium,
        rows: ["D19"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: old}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.9.4'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: injectable}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.14.0'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: last}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.15.1'}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: of-f5}
spec: {template: {spec: {containers: [{name: c, image: 'nginx/nginx-ingress:3.7.0'}]}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: certgen}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.4.4'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-server}
spec: {containers: [{name: c, image: 'nginx:1.27'}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    let Some(controller) = controller(pod) else {
        return;
    };
    let (severity, message) = match controller.release {
        Some(release) if lacks_fix(release, WITHOUT_NIGHTMARE) => (
            Severity::Critical,
            format!("release {release} can be taken over without a login (CVE-2025-1974)"),
        ),
        Some(release) if lacks_fix(release, FIXED) => (
            Severity::High,
            format!("an Ingress runs code in release {release} (CVE-2026-4342)"),
        ),
        _ => (
            Severity::Medium,
            format!("ingress-nginx gets no fixes since {RETIRED}"),
        ),
    };
    found.at_severity(severity, controller.container.path("image"), message);
}
