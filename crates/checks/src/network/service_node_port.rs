//! `type: NodePort`.

use catseye_model::{FieldPath, Kind, Object};

use super::services::service_type;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Service opens a port on every node
    ///
    /// `NodePort` listens on all addresses of all nodes, past the load balancer, its TLS and its
    /// source ranges. Where nodes have public addresses or the office network reaches them, so does
    /// everyone there.
    ///
    /// **Fix:** Use `ClusterIP` behind an Ingress or a Gateway, or a `LoadBalancer` with source
    /// ranges:
    /// ```yaml
    /// spec:
    ///   type: ClusterIP
    /// ```
    "NET-006" {
        severity: Low,
        rows: ["D06"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: NodePort, selector: {app: a}, ports: [{port: 80, nodePort: 30080}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: b}
spec: {type: LoadBalancer, selector: {app: a}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: c}
spec: {type: NodePort}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(service: &Object, _: &Context<'_>, found: &mut Findings) {
    if service_type(service) == "NodePort" {
        found.at(
            FieldPath::root().join("spec.type"),
            "listens on a port of every node",
        );
    }
}
