//! `IMAGE_PUSH`: a registry's password changes what runs.

use catseye_model::Fields;

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A registry's password changes what runs
    ///
    /// A secret with a registry's credentials is in hand, and a workload pulls from that registry by a tag that can move, with
    /// `imagePullPolicy: Always` (or `:latest`): what is pushed, runs at the next start. Whether the credentials may push cannot
    /// be seen, so it is a likelihood.
    ///
    /// **Fix:** Name images by digest, and give the cluster credentials that only pull.
    "IMAGE_PUSH" {
        attack: "T1525",
        success: 15,
        says: "{from} may allow pushing the image of {to}",
        trace: "the registry's log: a push to a tag that runs; audit log: the next pods",
        has: [
            r"
apiVersion: v1
kind: Secret
type: kubernetes.io/dockerconfigjson
metadata: {name: pull, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  imagePullSecrets: [{name: pull}]
  containers: [{name: app, image: 'registry.example.com/app:latest'}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Secret
type: kubernetes.io/dockerconfigjson
metadata: {name: pull, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  imagePullSecrets: [{name: pull}]
  containers: [{name: app, image: 'registry.example.com/app@sha256:0000000000000000000000000000000000000000000000000000000000000000'}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        for secret in pods.view.spec.list("imagePullSecrets") {
            let Some(name) = secret.text("name") else { continue };
            for (node, container) in pods.containers() {
                let Some(image) = container.image else { continue };
                let tag = image.rsplit('/').next().and_then(|last| last.split_once(':'));
                let latest = tag.is_none_or(|(_, tag)| tag == "latest");
                let always = container.value.text("imagePullPolicy").map_or(latest, |policy| policy == "Always");
                if image.contains('@') || !always {
                    continue;
                }
                let place = graph.at(pods.id, &container.path("image"));
                let fix = graph.fix(place, "name the image by digest", Effort::Low);
                graph.arc(Node::Secret(pods.namespace(), name), node, place, fix);
            }
        }
    }
}
