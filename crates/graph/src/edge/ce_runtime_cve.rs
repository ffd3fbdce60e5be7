//! `CE_RUNTIME_CVE`: the container runtime has a known hole.

use crate::build::Builder;
use crate::edge::node_software::{arcs_to_weak_hosts, is_in_range, weak_hosts};
use crate::world::World;

edge! {
    /// The container runtime has a known hole
    ///
    /// The node reports a containerd in the range of CVE-2020-15257 (below 1.3.9 and 1.4.3: a container in the
    /// node's network reaches the shim's socket) or CVE-2022-23648 (below 1.4.13, 1.5.10 and 1.6.1: an image reads
    /// any file of the node).
    ///
    /// **Fix:** Update the runtime of the node.
    "CE_RUNTIME_CVE" {
        attack: "T1611",
        success: 30,
        says: "{from}: the container runtime of {to} has a known hole",
        trace: "none in the cluster: processes on the node outside all containers",
        has: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
status: {nodeInfo: {containerRuntimeVersion: 'containerd://1.5.9'}}
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
status: {nodeInfo: {containerRuntimeVersion: 'containerd://1.7.2'}}
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
    let weak = weak_hosts(world, "containerRuntimeVersion", |version| {
        let version = version.strip_prefix("containerd://")?;
        is_in_range(version, RANGES).then_some(())
    });
    arcs_to_weak_hosts(world, graph, &weak, "status.nodeInfo.containerRuntimeVersion", "update the container runtime");
}

/// Releases of containerd: from, and the first that is mended.
const RANGES: &[([u32; 3], [u32; 3])] = &[
    ([1, 0, 0], [1, 4, 13]),
    ([1, 5, 0], [1, 5, 10]),
    ([1, 6, 0], [1, 6, 1]),
];
