//! A workload that the outside reaches.

use std::fmt::Write as _;

use catseye_model::{PodView, Severity};

use super::admin_interface_exposed::interface;
use super::exposure::{Door, Way};
use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload is reachable from outside the cluster
    ///
    /// Traffic from outside arrives at these pods, so each flaw of the program in them is open to
    /// strangers. That is often meant; judge it together with what the pods may do once they are
    /// taken over: their privileges, their service account, the network behind them. Ports that a
    /// Service opens by itself are weighed at the Service, administrators' interfaces by NET-010, and
    /// both only noted here.
    ///
    /// **Fix:** Where it is not meant, remove the route or make the Service `ClusterIP`, or ask for
    /// an internal load balancer. Where it is, harden the workload first.
    "NET-022" {
        severity: Low,
        rows: ["D22"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
",
            // Many doors, of which the Service's own is weighed at the Service.
            r"
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: one}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: two}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: three}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: four}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec: {parentRefs: [{name: elsewhere}], rules: [{backendRefs: [{name: web, port: 80}]}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec: {hosts: ['*'], gateways: [edge/outer], http: [{route: [{destination: {host: web}}]}]}
",
        ],
        passes: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: another-backend}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: other, port: {number: 80}}}}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: internal, annotations: {alb.ingress.kubernetes.io/scheme: internal}}
spec:
  ingressClassName: alb
  rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: mesh}
spec:
  parentRefs: [{group: '', kind: Service, name: web}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: mesh}
spec: {hosts: [web], http: [{route: [{destination: {host: web}}]}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let Some(id) = context.inventory.id_of(pod.object) else {
        return;
    };
    let topology = context.index::<Topology>();
    let (ports, routes): (Vec<&Way>, Vec<&Way>) =
        topology.exposure.of_workload(id).iter().partition(|way| {
            matches!(
                way.door,
                Door::LoadBalancer | Door::NodePort | Door::ExternalIp
            )
        });
    let of_routes = match interface(pod) {
        Some(_) => Severity::Info,
        None => Severity::Low,
    };
    for (severity, ways) in [(of_routes, routes), (Severity::Info, ports)] {
        if let Some(doors) = list(&ways, context) {
            found.at_severity(
                severity,
                pod.metadata_path("labels"),
                format!("reachable through {doors}"),
            );
        }
    }
}

/// How many doors a message names.
const NAMED: usize = 3;

/// The doors in words, each once; the same object may stand in several files.
fn list(ways: &[&Way], context: &Context<'_>) -> Option<String> {
    let mut doors: Vec<String> = Vec::new();
    for way in ways {
        let door = way.door.describe(context.inventory.object(way.through));
        if !doors.contains(&door) {
            doors.push(door);
        }
    }
    let mut text = doors.get(..NAMED).unwrap_or(&doors).join(", ");
    if let Some(more) = doors.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let _ = write!(text, " and {more} more");
    }
    (!text.is_empty()).then_some(text)
}
