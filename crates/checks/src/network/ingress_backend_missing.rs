//! An Ingress backend that does not exist.

use catseye_model::{Completeness, Fields, Kind, Object};

use super::ingress;
use super::services;
use super::topology::Topology;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress sends traffic to a Service that does not exist
    ///
    /// Requests fail, and whoever may create a Service of that name in the namespace answers them:
    /// under the Ingress's host name and certificate, with its users' cookies.
    ///
    /// **Fix:** Correct the backend's Service name and port, or remove the path. A backend is always
    /// a Service of the Ingress's own namespace.
    "NET-021" {
        severity: Medium,
        rows: ["D21"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: shop}
spec:
  defaultBackend: {service: {name: ghost, port: {number: 80}}}
  rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {name: http}}}}]}}]
---
apiVersion: v1
kind: Service
metadata: {name: ghost, namespace: other}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: https, port: 443}]}
",
            r"
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a}
spec: {rules: [{http: {paths: [{backend: {serviceName: ghost, servicePort: 80}}]}}]}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  rules:
  - http:
      paths:
      - {path: /, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /b, backend: {service: {name: web, port: {name: http}}}}
      - {path: /c, backend: {service: {name: other-name, port: {number: 443}}}}
      - {path: /d, backend: {resource: {apiGroup: k8s.example.com, kind: Bucket, name: icons}}}
      - {path: /e, backend: {service: {name: redirect, port: {name: use-annotation}}}}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: b}
spec: {backend: {serviceName: web, servicePort: '80'}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: other-name}
spec: {type: ExternalName, externalName: www.example.com}
",
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: search}
spec: {defaultBackend: {service: {name: search-es-http, port: {number: 9200}}}}
---
apiVersion: elasticsearch.k8s.elastic.co/v1
kind: Elasticsearch
metadata: {name: search}
",
            r"# completeness: fragment
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    let namespace = object.namespace();
    for backend in ingress::backends(object) {
        // A port of this name makes the ALB controller look into its annotations for an action.
        let Some(name) = backend
            .service
            .filter(|_| backend.port.text("") != Some("use-annotation"))
        else {
            continue;
        };
        let mut services = inventory.named(Kind::Service, namespace, name).peekable();
        if services.peek().is_some() {
            let has_port = services.any(|(_, service)| {
                services::is_external_name(service) || services::has_port(service, backend.port)
            });
            if !has_port {
                let port = match backend.port.as_str() {
                    Some(name) => name.to_owned(),
                    None => backend.port.to_string(),
                };
                found.at(
                    backend.port_path(),
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
                backend.service_path(),
                format!("Service {name} does not exist in namespace {namespace}"),
            );
        }
    }
}
