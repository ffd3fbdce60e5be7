//! `CE_KERNEL_CVE`: the kernel of the node has a known hole.

use crate::build::Builder;
use crate::edge::node_software::{arcs_to_weak_hosts, is_in_range, weak_hosts};
use crate::world::World;

edge! {
    /// The kernel of the node has a known hole
    ///
    /// The node reports a kernel in the range of CVE-2022-0847 (any file can be written to: 5.8 to 5.16.11, 5.15.25,
    /// 5.10.102). Distributions mend older numbers too, so this is a likelihood.
    ///
    /// **Fix:** Update the kernel of the node.
    "CE_KERNEL_CVE" {
        attack: "T1068",
        success: 25,
        says: "{from}: the kernel of {to} has a known hole",
        trace: "none in the cluster: processes on the node outside all containers",
        has: [
            r"
apiVersion: v1
kind: Node
metadata: {name: n}
status: {nodeInfo: {kernelVersion: 5.10.90-generic}}
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
status: {nodeInfo: {kernelVersion: 6.8.0-31-generic}}
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
    let weak = weak_hosts(world, "kernelVersion", |version| {
        is_in_range(version, RANGES).then_some(())
    });
    arcs_to_weak_hosts(world, graph, &weak, "status.nodeInfo.kernelVersion", "update the kernel");
}

/// Kernels: from, and the first that is mended.
const RANGES: &[([u32; 3], [u32; 3])] = &[
    ([5, 8, 0], [5, 10, 102]),
    ([5, 11, 0], [5, 15, 25]),
    ([5, 16, 0], [5, 16, 11]),
];
