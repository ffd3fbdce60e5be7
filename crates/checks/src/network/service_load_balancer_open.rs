//! A load balancer without source ranges.

use catseye_model::{FieldPath, Kind, Object};

use super::reach::{self, Origin};
use super::services::service_type;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A load balancer takes connections from any address
    ///
    /// The cloud gives the Service a public address, and nothing limits who may connect. Whatever
    /// listens behind it is found and probed within hours by those who scan the internet.
    ///
    /// **Fix:** Name the source ranges, or ask the cloud for an internal load balancer:
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     service.beta.kubernetes.io/aws-load-balancer-scheme: internal   # AWS
    ///     networking.gke.io/load-balancer-type: Internal                  # Google
    ///     service.beta.kubernetes.io/azure-load-balancer-internal: "true" # Azure
    /// spec:
    ///   loadBalancerSourceRanges: [203.0.113.0/24]
    /// ```
    "NET-007" {
        severity: Medium,
        rows: ["D07"],
        fails: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: LoadBalancer, ports: [{port: 80}]}
",
            r"
apiVersion: v1
kind: Service
metadata:
  name: a
  annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: 'false'}
spec: {type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0], ports: [{port: 80}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24], ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: b, annotations: {networking.gke.io/load-balancer-type: Internal}}
spec: {type: LoadBalancer, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: c}
spec: {type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: d}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 192.168.7.7}]}}
---
apiVersion: v1
kind: Service
metadata:
  name: e
  annotations: {service.beta.kubernetes.io/aws-load-balancer-security-groups: sg-1}
spec: {type: LoadBalancer, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: f}
spec: {type: ClusterIP, ports: [{port: 80}]}
",
        ],
        run: Objects(&[Kind::Service], run),
    }
}

fn run(service: &Object, _: &Context<'_>, found: &mut Findings) {
    if service_type(service) != "LoadBalancer" {
        return;
    }
    match reach::of_load_balancer(service) {
        Origin::Internal | Origin::Restricted => {}
        Origin::Elsewhere(reason) => found.unknown(reason),
        Origin::Open => found.at(
            FieldPath::root().join("spec.loadBalancerSourceRanges"),
            "takes connections from any address",
        ),
    }
}
