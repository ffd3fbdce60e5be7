//! `IMDS_NODE_ROLE`: a pod asks the cloud who its node is.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use catseye_model::Fields;
use catseye_netpol::{Endpoint, Port, PortSet, Protocol};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

edge! {
    /// A pod asks the cloud who its node is
    ///
    /// The node belongs to a cloud (`spec.providerID`), and the pod's egress reaches 169.254.169.254: the metadata service
    /// hands out the node's own cloud identity, unless it is told to answer no pod (hop limit 1, a metadata proxy).
    ///
    /// **Fix:** Deny egress to 169.254.169.254/32 by NetworkPolicy, and set the hop limit to 1.
    "IMDS_NODE_ROLE" {
        attack: "T1552.005",
        success: 40,
        says: "{from} reaches the metadata service, which hands out {to}",
        trace: "the cloud's audit log, when the credentials are used; asking for them leaves nothing",
        has: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
spec: {providerID: 'aws:///eu-west-1a/i-0'}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers: [{name: app, image: i}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n
  containers: [{name: app, image: i}]
",
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
spec: {providerID: 'aws:///eu-west-1a/i-0'}
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
  nodeName: n
  containers: [{name: app, image: i}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let clouds: BTreeMap<&str, &str> = world
        .hosts()
        .filter_map(|(host, id)| {
            let provider = world.object(id?).value().text("spec.providerID")?;
            let (cloud, _) = provider.split_once("://")?;
            let (_, role) = ROLES.iter().find(|(known, _)| *known == cloud)?;
            Some((host, *role))
        })
        .collect();
    if clouds.is_empty() {
        return;
    }
    let metadata = IpAddr::from([169, 254, 169, 254]);
    let Some(group) = world.reach.group_of(metadata) else { return };
    let port = PortSet::one(Port { protocol: Protocol::Tcp, number: 80 });
    let mut open = BTreeSet::new();
    for class in world.reach.classes() {
        let sent = world.reach.connection(Endpoint::Class(class), Endpoint::Addresses(group));
        if sent.covers(&port) {
            open.extend(world.reach.members(class).iter().map(|(id, _)| world.reach.workload(*id).object));
        }
    }
    for pods in world.pods.iter().filter(|pods| open.contains(&pods.id)) {
        let place = graph.at_text(Some(pods.id), "metadata.labels");
        let fix = graph.fix(place, "deny its egress to 169.254.169.254/32 by NetworkPolicy", Effort::Medium);
        for role in pods.hosts.iter().filter_map(|host| clouds.get(host)) {
            for (node, _) in pods.containers() {
                graph.arc(node, Node::Cloud(role), place, fix);
            }
        }
    }
}

const ROLES: [(&str, &str); 3] = [
    ("aws", "the AWS role of its node"),
    ("azure", "the Azure identity of its node"),
    ("gce", "the Google Cloud account of its node"),
];
