//! `NODE_CONTROLPLANE`: a node of the control plane holds the cluster's keys.

use std::collections::BTreeMap;

use crate::build::{Builder, Evidence};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::{CONTROL_PLANE, CONTROL_PLANE_ROLES, World};

edge! {
    /// A node of the control plane holds the cluster's keys
    ///
    /// It has the label `node-role.kubernetes.io/control-plane` (or the older `master`), or it runs the API server or etcd as
    /// pods: `admin.conf`, the certificate authority, etcd.
    ///
    /// **Fix:** Let no ordinary pod tolerate the control plane's taint.
    "NODE_CONTROLPLANE" {
        attack: "T1078",
        success: 100,
        says: "{from} runs {to}",
        trace: "none: who writes to etcd on its own node is in no log",
        has: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n, labels: {node-role.kubernetes.io/control-plane: ''}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: kube-apiserver-n, namespace: kube-system}
spec:
  nodeName: n
  hostNetwork: true
  containers: [{name: kube-apiserver, image: i, command: [kube-apiserver]}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    let mut hosts: BTreeMap<&str, Evidence> = BTreeMap::new();
    for (host, id) in world.hosts() {
        let Some(id) = id else { continue };
        let is_labelled = CONTROL_PLANE_ROLES.iter().any(|role| world.object(id).label(role).is_some());
        if is_labelled {
            hosts.insert(host, graph.at_text(Some(id), "metadata.labels"));
        }
    }
    for pods in &world.pods {
        let runs_it = pods.namespace() == "kube-system"
            && pods.view.containers.iter().any(|container| {
                container
                    .words()
                    .next()
                    .is_some_and(|(_, word)| word == "kube-apiserver" || word == "etcd")
            });
        if !runs_it {
            continue;
        }
        let place = graph.at(pods.id, &pods.view.path("containers"));
        for host in &pods.hosts {
            hosts.entry(host).or_insert(place);
        }
    }
    // Where nodes were not read, the control plane may be the cloud's, out of everybody's reach.
    if world.hosts().any(|(host, _)| host == CONTROL_PLANE) {
        let none = Evidence::default();
        graph.arc_likely(50, Node::Host(CONTROL_PLANE), Node::ControlPlane, none, NO_FIX);
    }
    for (host, place) in hosts {
        graph.arc(Node::Host(host), Node::ControlPlane, place, NO_FIX);
    }
}
