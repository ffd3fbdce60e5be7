//! A backend of a Gateway API route that does not exist.

use catseye_model::{Completeness, Fields, Kind, Object};

use super::topology::Topology;
use super::{gateway, services};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A route sends traffic to a Service that does not exist
    ///
    /// Requests fail with 500, and whoever may create a Service of that name answers them: under the
    /// gateway's host name and certificate, with its users' cookies.
    ///
    /// **Fix:** Correct `backendRefs[].name`, `namespace` and `port`, or remove the reference. Without
    /// `namespace` the Service is looked for in the route's own.
    "NET-121" {
        severity: Medium,
        rows: ["D21"],
        fails: [
            r"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  rules:
  - backendRefs: [{name: web, port: 81}, {name: elsewhere, port: 80}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: ghost}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: bank}
spec: {ports: [{port: 80}]}
",
            r"
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: TCPRoute
metadata: {name: a}
spec: {rules: [{backendRefs: [{name: db, port: 5432}]}]}
",
        ],
        passes: [
            r"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  rules:
  - backendRefs:
    - {name: web, port: 80}
    - {kind: Service, group: '', name: bank, namespace: bank, port: 80}
    - {group: example.com, kind: Bucket, name: icons}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: bank, namespace: bank}
spec: {ports: [{port: 80}]}
",
            r"# completeness: fragment
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: a}
spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}
",
        ],
        run: Objects(gateway::ROUTES, run),
    }
}

fn run(route: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    for backend in gateway::backends(route) {
        let (namespace, name) = (backend.namespace, backend.name);
        let mut services = inventory.named(Kind::Service, namespace, name).peekable();
        if services.peek().is_some() {
            let port = backend.value.at("port");
            if !services.any(|(_, service)| services::has_port(service, port)) {
                found.at(
                    backend.path("port"),
                    format!("Service {name} has no port {port}"),
                );
            }
        } else if inventory
            .find(Kind::KnativeService, namespace, name)
            .is_some()
            || context
                .index::<Topology>()
                .operators
                .may_make(namespace, name)
        {
            found.unknown(format!("an operator may make Service {name}"));
        } else if inventory.completeness() == Completeness::Fragment {
            found.unknown(format!("Service {name} may stand elsewhere"));
        } else {
            found.at(
                backend.path("name"),
                format!("Service {name} does not exist in namespace {namespace}"),
            );
        }
    }
}
