//! `WEBHOOK_BACKEND`: a pod decides what the API server stores.

use catseye_model::{Fields, Kind};

use crate::build::Builder;
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

edge! {
    /// A pod decides what the API server stores
    ///
    /// It serves a mutating webhook: it may change every object that is sent to it, a new pod's image and account for one.
    ///
    /// **Fix:** Keep webhooks in namespaces of their own, hardened, and limit the rules of the webhook to what it needs.
    "WEBHOOK_BACKEND" {
        attack: "T1556",
        success: 60,
        says: "{from} serves a mutating webhook, and what it answers is stored: {to}",
        trace: "audit log: the annotation of a mutation on the objects admitted (patch.webhook.admission.k8s.io)",
        has: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w.example.com, clientConfig: {service: {name: w, namespace: shop}}}]
---
apiVersion: v1
kind: Service
metadata: {name: w, namespace: shop}
spec: {selector: {app: w}, ports: [{port: 443}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: w}}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w.example.com, clientConfig: {service: {name: w, namespace: shop}}}]
---
apiVersion: v1
kind: Service
metadata: {name: w, namespace: shop}
spec: {selector: {app: w}, ports: [{port: 443}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: x}}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: w}
webhooks: [{name: w.example.com, clientConfig: {service: {name: w, namespace: shop}}}]
---
apiVersion: v1
kind: Service
metadata: {name: w, namespace: shop}
spec: {selector: {app: w}, ports: [{port: 443}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: w}}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for (id, configuration) in world.inventory.of_kind(Kind::MutatingWebhookConfiguration) {
        for (index, webhook) in configuration.value().list("webhooks").iter().enumerate() {
            let service = webhook.at("clientConfig.service");
            let (Some(namespace), Some(name)) = (service.text("namespace"), service.text("name")) else {
                continue;
            };
            let place = graph.at_text(Some(id), &format!("webhooks[{index}].clientConfig.service"));
            for pods in world.behind_service(namespace, name) {
                for (container, _) in pods.containers() {
                    graph.arc(container, Node::ClusterAdmin, place, NO_FIX);
                }
            }
        }
    }
}
