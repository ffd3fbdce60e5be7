//! `SECRET_MOUNT`: a pod holds secrets.

use catseye_model::{Container, FieldPath, Fields};
use catseye_model::Value;

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::{Pods, World};

edge! {
    /// A pod holds secrets
    ///
    /// By `env`, `envFrom` or a mounted volume in the container; by `imagePullSecrets` on the node.
    ///
    /// **Fix:** Give each container the keys it needs, as files, and nothing else.
    "SECRET_MOUNT" {
        attack: "T1552.007",
        success: 95,
        says: "{from} holds {to}",
        trace: "nothing: the secret is in the container already",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: p}}}]}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, secret: {secretName: db}}]
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, envFrom: [{configMapRef: {name: db}}]}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
  volumes: [{name: v, secret: {secretName: db}}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in &world.pods {
        let namespace = pods.namespace();
        for (node, container) in pods.containers() {
            for (to, path) in held(pods, container) {
                let place = graph.at(pods.id, &path);
                let fix = graph.fix(place, "take this secret out of the pod", Effort::High);
                graph.arc(node, to, place, fix);
            }
        }
        for (index, secret) in pods.view.spec.list("imagePullSecrets").iter().enumerate() {
            let Some(name) = secret.text("name") else { continue };
            let place = graph.at(pods.id, &pods.view.path("imagePullSecrets").index(index));
            for host in &pods.hosts {
                graph.arc(Node::Host(host), Node::Secret(namespace, name), place, NO_FIX);
            }
        }
    }
}

/// The secrets and config maps that a container holds, each with its field.
pub(super) fn held<'a>(pods: &Pods<'a>, container: &Container<'a>) -> Vec<(Node<'a>, FieldPath)> {
    let namespace = pods.namespace();
    let mut held = Vec::new();
    for (index, variable) in container.env() {
        let path = container.path("env").index(index);
        held.extend(content(namespace, variable.at("valueFrom"), KEYS).map(|node| (node, path)));
    }
    for (index, source) in container.value.list("envFrom").iter().enumerate() {
        let path = container.path("envFrom").index(index);
        held.extend(content(namespace, source, REFERENCES).map(|node| (node, path)));
    }
    for mount in container.mounts() {
        for volume in pods.view.volumes().filter(|volume| volume.name == mount.volume) {
            let sources = std::iter::once(volume.value).chain(volume.value.list("projected.sources"));
            for source in sources {
                held.extend(content(namespace, source, VOLUMES).map(|node| (node, volume.path(""))));
            }
        }
    }
    held
}

/// Where a secret, and where a config map, is named.
type Names = [&'static str; 3];

const KEYS: Names = ["secretKeyRef.name", "", "configMapKeyRef.name"];
const REFERENCES: Names = ["secretRef.name", "", "configMapRef.name"];
const VOLUMES: Names = ["secret.secretName", "secret.name", "configMap.name"];

/// The secret or config map that a reference names.
fn content<'a>(namespace: &'a str, source: &'a Value, [secret, other, map]: Names) -> Option<Node<'a>> {
    let named = |path: &str| source.text(path).filter(|name| !path.is_empty() && !name.is_empty());
    named(secret)
        .or_else(|| named(other))
        .map(|name| Node::Secret(namespace, name))
        .or_else(|| named(map).map(|name| Node::ConfigMap(namespace, name)))
}
