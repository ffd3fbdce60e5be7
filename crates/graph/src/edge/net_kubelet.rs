//! `NET_KUBELET`: the kubelet obeys anyone.

use std::net::IpAddr;

use catseye_model::{Fields, Kind};

use crate::build::{Builder, Effort};
use crate::edge::egress::senders;
use crate::node::{Node, Scope, Set};
use crate::world::World;

edge! {
    /// The kubelet obeys anyone
    ///
    /// A KubeletConfiguration that lets anonymous requests in and authorises all of them: who reaches port 10250 of a node
    /// (or the `port` that it gives) starts programs in its pods. Egress to the nodes' addresses decides; where these are not
    /// known, egress to every address.
    ///
    /// **Fix:** Set `authentication.anonymous.enabled: false` and `authorization.mode: Webhook`.
    "NET_KUBELET" {
        attack: "T1210",
        success: 90,
        says: "{from} may speak to {to}, whose kubelet obeys anyone",
        trace: "the kubelet's own log; nothing in the audit log",
        has: [
            r"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}}
authorization: {mode: AlwaysAllow}
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
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}}
authorization: {mode: Webhook}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i}]
",
            r"
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: true}}
authorization: {mode: AlwaysAllow}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress]}
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
    let addresses: Vec<IpAddr> = world
        .inventory
        .of_kind(Kind::Node)
        .flat_map(|(_, node)| node.value().list("status.addresses"))
        .filter_map(|entry| entry.text("address")?.parse().ok())
        .collect();
    for (id, kubelet) in world.inventory.of_kind(Kind::KubeletConfiguration) {
        let value = kubelet.value();
        let obeys = value.flag("authentication.anonymous.enabled") == Some(true)
            && value.text("authorization.mode") == Some("AlwaysAllow");
        if !obeys {
            continue;
        }
        let place = graph.at_text(Some(id), "authentication.anonymous.enabled");
        let fix = graph.fix(place, "set `enabled: false`", Effort::Low);
        let port = value.integer("port").and_then(|port| u16::try_from(port).ok());
        let open = senders(world, &addresses, port.unwrap_or(10250));
        for pods in world.pods.iter().filter(|pods| open.contains(&pods.id)) {
            for (node, _) in pods.containers() {
                graph.arc(node, Node::Set(Set::Hosts, Scope::Cluster), place, fix);
            }
        }
    }
}
