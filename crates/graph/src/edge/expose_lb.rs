//! `EXPOSE_LB`: a load balancer leads in from the internet.

use catseye_netpol::entry::Door;

use crate::build::Builder;
use crate::edge::exposure::from_outside;
use crate::world::World;

edge! {
    /// A load balancer leads in from the internet
    ///
    /// A Service of the type `LoadBalancer` that no annotation keeps internal; `loadBalancerSourceRanges` make it less likely
    /// that an attacker is among those let in.
    ///
    /// **Fix:** Put an authenticating proxy before it, make it internal, or name the source ranges.
    "EXPOSE_LB" {
        attack: "T1190",
        success: 100,
        says: "{from} reaches {to}, a load balancer",
        trace: "none in the cluster: the load balancer's own access log",
        has: [
            r"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}], type: LoadBalancer}
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
            r"
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {networking.gke.io/load-balancer-type: Internal}}
spec: {selector: {app: web}, ports: [{port: 80}], type: LoadBalancer}
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
    from_outside(world, graph, &[Door::LoadBalancer, Door::ExternalIp], "spec.type", "make this Service internal");
}
