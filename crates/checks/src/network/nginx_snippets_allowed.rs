//! An ingress-nginx controller that takes snippets.

use catseye_model::{Completeness, PodView};

use super::image::Release;
use super::nginx_controller::{Snippets, controller, snippets};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The ingress-nginx controller takes configuration from annotations
    ///
    /// With snippets allowed (the default before 1.9.0, and unavoidable before 0.49.1 and in 1.0.0)
    /// whoever may create an Ingress in any namespace runs code in the controller and reads every
    /// Secret of the cluster (CVE-2021-25742).
    ///
    /// **Fix:** Upgrade, and refuse snippets in the controller's ConfigMap:
    /// ```yaml
    /// data:
    ///   allow-snippet-annotations: "false"
    /// ```
    "NET-116" {
        severity: High,
        rows: ["D16"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: allowed, namespace: ingress-nginx}
spec:
  template:
    spec:
      containers:
      - name: c
        image: registry.k8s.io/ingress-nginx/controller:v1.12.1
        args: [/nginx-ingress-controller, '--configmap=$(POD_NAMESPACE)/config']
---
apiVersion: v1
kind: ConfigMap
metadata: {name: config, namespace: ingress-nginx}
data: {allow-snippet-annotations: 'true'}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: by-default}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.8.2'}]}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: cannot-refuse}
spec: {template: {spec: {containers: [{name: c, image: 'k8s.gcr.io/ingress-nginx/controller:v1.0.0'}]}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller}
data: {allow-snippet-annotations: 'false'}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: refused}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.2.0'}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller}
data: {allow-snippet-annotations: 'false'}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: by-default}
spec:
  template:
    spec: {containers: [{name: c, image: 'registry.k8s.io/ingress-nginx/controller:v1.9.0'}]}
",
        ],
        run: Pods(run),
    }
}

/// The first release in which snippets are refused unless allowed.
const REFUSED_BY_DEFAULT: Release = Release(1, 9, 0);

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let Some(controller) = controller(pod) else {
        return;
    };
    let path = || controller.container.path("image");
    if let Some(release) = controller.release
        && (release < Release(0, 49, 1) || release == Release(1, 0, 0))
    {
        found.at(path(), format!("release {release} cannot refuse snippets"));
        return;
    }
    let said = snippets(context.inventory, pod, controller.container);
    match (said, controller.release) {
        (Snippets::Refused, _) => {}
        (Snippets::Allowed, _) => found.at(path(), "the ConfigMap allows snippet annotations"),
        (_, None) => found.unknown("the image does not tell the release"),
        (_, Some(release)) if release >= REFUSED_BY_DEFAULT => {}
        (Snippets::NotVisible, _) if context.inventory.completeness() == Completeness::Fragment => {
            found.unknown("the controller's ConfigMap stands elsewhere");
        }
        (_, Some(release)) => found.at(
            path(),
            format!("release {release} allows snippets unless the ConfigMap refuses them"),
        ),
    }
}
