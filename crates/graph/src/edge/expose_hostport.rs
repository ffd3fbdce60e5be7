//! `EXPOSE_HOSTPORT`: a port of the node leads straight to a container.

use catseye_netpol::entry::Door;

use crate::build::Builder;
use crate::edge::exposure::from_outside;
use crate::world::World;

edge! {
    /// A port of the node leads straight to a container
    ///
    /// `hostPort`, or `hostNetwork` with a port. How far it is open depends on the node's address and the firewall before it.
    ///
    /// **Fix:** Use a Service.
    "EXPOSE_HOSTPORT" {
        attack: "T1190",
        success: 30,
        says: "{from} reaches {to} on a port of the node",
        trace: "none in the cluster: flow logs of the network",
        has: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80, hostPort: 80}]}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    from_outside(world, graph, &[Door::HostPort, Door::HostNetwork], "spec", "remove the port of the node");
}
