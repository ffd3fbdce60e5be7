//! `MITM_L2`: a container answers for others on the node's network.

use std::collections::BTreeSet;

use catseye_model::{Container, Fields, Kind, ObjectId};

use crate::build::{Builder, Effort};
use crate::edge::capability::adds;
use crate::node::Node;
use crate::world::{Pods, World};

edge! {
    /// A container answers for others on the node's network
    ///
    /// Either `hostNetwork` and `NET_ADMIN`: addresses and routes of the node can be changed. Or raw packets on a bridge that the
    /// pods of a node share: `NET_RAW`, which every container has that does not drop it, a program that runs as root, and a
    /// network plugin that puts pods on a bridge (flannel, Weave Net, kube-router; not where Calico wires the pods). Forged ARP and DNS answers
    /// then send the traffic of its neighbours through the attacker. What is not encrypted is read and changed.
    ///
    /// **Fix:** Drop `NET_RAW` (`capabilities.drop: [ALL]`), run as a user other than root; remove `hostNetwork` or `NET_ADMIN`.
    "MITM_L2" {
        attack: "T1557",
        success: 15,
        says: "{from} may reroute the traffic on its node, that of {to} among it",
        trace: "none in the cluster: changed ARP tables on the node",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  hostNetwork: true
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [NET_ADMIN]}}}]
",
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-flannel-ds, namespace: kube-flannel}
spec:
  template:
    spec:
      hostNetwork: true
      containers: [{name: kube-flannel, image: 'ghcr.io/flannel-io/flannel:v0.27.4'}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, securityContext: {capabilities: {add: [NET_ADMIN]}}}]
",
            r"
apiVersion: v1
kind: Node
metadata: {name: n, annotations: {flannel.alpha.coreos.com/backend-type: vxlan}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers:
  - {name: app, image: i, securityContext: {capabilities: {drop: [ALL]}}}
  - {name: other, image: i, securityContext: {runAsNonRoot: true}}
",
            r"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: canal, namespace: kube-system}
spec:
  template:
    spec:
      hostNetwork: true
      containers: [{name: calico-node, image: 'quay.io/calico/node:v3.30'}, {name: kube-flannel, image: 'ghcr.io/flannel-io/flannel:v0.27.4'}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    for pods in world.pods.iter().filter(|pods| pods.view.host_network()) {
        for (node, container) in pods.containers() {
            let Some(place) = adds(pods, container, &["NET_ADMIN"]) else {
                continue;
            };
            let place = graph.at(pods.id, &place);
            let fix = graph.fix(place, "take the capability NET_ADMIN out", Effort::Medium);
            for host in &pods.hosts {
                graph.arc(node, Node::Neighbours(host), place, fix);
            }
        }
    }
    let Some(plugin) = bridge(world) else { return };
    for pods in world.pods.iter().filter(|pods| !pods.view.host_network()) {
        // Alone on its node there is nobody to listen to, which manifests do not tell.
        for (node, container) in pods.containers() {
            if !sends_raw_packets(pods, container) || pods.id == plugin {
                continue;
            }
            let place = graph.at(pods.id, &container.path("securityContext.capabilities"));
            let fix = graph.fix(place, "drop `NET_RAW`, best with `drop: [ALL]`", Effort::Low);
            for host in &pods.hosts {
                graph.arc_likely(5, node, Node::Neighbours(host), place, fix);
            }
        }
    }
}

/// True when the container has `NET_RAW` and runs as root, so that the capability counts.
fn sends_raw_packets(pods: &Pods<'_>, container: &Container<'_>) -> bool {
    let is = |named: &str| {
        let name = named.strip_prefix("CAP_").unwrap_or(named);
        name.eq_ignore_ascii_case("NET_RAW") || name.eq_ignore_ascii_case("ALL")
    };
    let dropped = container.security.dropped_capabilities().any(is);
    let added = container.security.added_capabilities().any(is);
    let is_root = pods.view.run_as_non_root(container) != Some(true)
        && pods.view.run_as_user(container).is_none_or(|user| user == 0);
    let privileged = container.security.privileged == Some(true);
    (added || !dropped || privileged) && is_root && !pods.view.is_windows()
}

/// The network plugin that puts pods on a bridge, if the cluster has one: the object that shows it.
fn bridge(world: &World<'_>) -> Option<ObjectId> {
    let mut found = None;
    for pods in &world.pods {
        let images: BTreeSet<&str> = pods
            .view
            .containers
            .iter()
            .filter_map(|container| repository(container.image?))
            .collect();
        if images.contains("calico/node") {
            return None;
        }
        if pods.view.host_network() && images.iter().any(|image| BRIDGES.contains(image)) {
            found = Some(pods.id);
        }
    }
    found.or_else(|| {
        let mut nodes = world.inventory.of_kind(Kind::Node);
        nodes
            .find(|(_, node)| node.value().at("metadata.annotations").get("flannel.alpha.coreos.com/backend-type").is_some())
            .map(|(id, _)| id)
    })
}

/// The last two parts of an image's name, without tag and digest: `flannel-io/flannel`.
fn repository(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    let last = image.rfind('/').map_or(0, |at| at + 1);
    let end = image[last..].find(':').map_or(image.len(), |at| last + at);
    let image = &image[..end];
    let start = image.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
    Some(&image[start..])
}

/// The programs of network plugins that put pods on a bridge.
const BRIDGES: &[&str] = &[
    "cloudnativelabs/kube-router",
    "flannel-io/flannel",
    "flannel/flannel",
    "coreos/flannel",
    "rancher/mirrored-flannel-io-flannel",
    "rancher/mirrored-flannelcni-flannel",
    "weaveworks/weave-kube",
];
