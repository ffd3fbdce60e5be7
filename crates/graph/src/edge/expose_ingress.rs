//! `EXPOSE_INGRESS`: a name on the web leads in.

use catseye_netpol::entry::Door;

use crate::build::Builder;
use crate::edge::exposure::from_outside;
use crate::world::World;

edge! {
    /// A name on the web leads in
    ///
    /// An Ingress, a route of the Gateway API or of OpenShift, whose controller is reached from outside.
    ///
    /// **Fix:** Put authentication before it, or take the route away.
    "EXPOSE_INGRESS" {
        attack: "T1190",
        success: 90,
        says: "{from} reaches {to}",
        trace: "the access log of the ingress controller or gateway",
        has: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
---
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
    from_outside(world, graph, &[Door::Ingress, Door::Gateway, Door::Route], "spec", "put authentication before this route, or remove it");
}
