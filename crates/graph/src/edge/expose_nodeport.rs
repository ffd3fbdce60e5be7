//! `EXPOSE_NODEPORT`: a port of every node leads in.

use catseye_netpol::entry::Door;

use crate::build::Builder;
use crate::edge::exposure::from_outside;
use crate::world::World;

edge! {
    /// A port of every node leads in
    ///
    /// A Service of the type `NodePort`. How far it is open depends on the nodes' addresses and the firewall before them.
    ///
    /// **Fix:** Use `ClusterIP` behind an Ingress.
    "EXPOSE_NODEPORT" {
        attack: "T1190",
        success: 30,
        says: "{from} reaches {to}, a port of every node",
        trace: "none in the cluster: flow logs of the network",
        has: [
            r"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}], type: NodePort}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
",
        ],
        lacks: [
            r"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}], type: ClusterIP}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: web}}
spec:
  containers: [{name: app, image: i, ports: [{containerPort: 80}]}]
",
        ],
        derive: derive,
    }
}

fn derive<'a>(world: &World<'a>, graph: &mut Builder<'a>) {
    from_outside(world, graph, &[Door::NodePort], "spec.type", "use the type `ClusterIP`");
}
