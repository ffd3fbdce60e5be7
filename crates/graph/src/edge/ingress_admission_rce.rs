//! `INGRESS_ADMISSION_RCE`: the admission webhook of ingress-nginx runs what it is asked to check.

use crate::build::{Builder, Effort};
use crate::edge::node_software::is_in_range;
use crate::node::Node;
use crate::world::World;

edge! {
    /// The admission webhook of ingress-nginx runs what it is asked to check
    ///
    /// ingress-nginx below 1.11.5, or 1.12.0 (CVE-2025-1974): whoever reaches the admission port runs code in the controller,
    /// which reads all secrets. Its container counts as taken by anything that may speak to it.
    ///
    /// **Fix:** Update ingress-nginx, or switch its admission webhook off.
    "INGRESS_ADMISSION_RCE" {
        attack: "T1210",
        success: 85,
        says: "{from} are spoken to on its admission port, which gives {to}",
        trace: "the controller's log: an admission review that the API server did not send",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: controller, image: 'registry.k8s.io/ingress-nginx/controller:v1.11.1', ports: [{containerPort: 8443}]}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: controller, image: 'registry.k8s.io/ingress-nginx/controller:v1.12.1', ports: [{containerPort: 8443}]}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: controller, image: 'registry.k8s.io/other/controller:v1.11.1'}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for (node, container) in pods.containers() {
            let Some((_, tag)) = container
                .image
                .filter(|image| image.contains("ingress-nginx/controller"))
                .and_then(|image| image.split('@').next()?.rsplit_once(':'))
            else {
                continue;
            };
            if !is_in_range(tag, RANGES) {
                continue;
            }
            let place = graph.at(pods.id, &container.path("image"));
            let fix = graph.fix(place, "update ingress-nginx", Effort::Low);
            graph.arc(Node::Listener(pods.id), node, place, fix);
        }
    }
}

/// Releases: from, and the first that is mended.
const RANGES: &[([u32; 3], [u32; 3])] = &[([0, 0, 1], [1, 11, 5]), ([1, 12, 0], [1, 12, 1])];
