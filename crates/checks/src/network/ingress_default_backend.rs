//! An Ingress with a default backend.

use catseye_model::{FieldPath, Kind, Object};

use super::ingress;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress has a default backend
    ///
    /// The default backend takes every request that no rule takes, whatever its host. One tenant's
    /// backend so answers for names of others, and receives the cookies that clients send with them.
    ///
    /// **Fix:** Write a rule with host and path instead, and leave the default backend to the
    /// controller's own configuration.
    "NET-015" {
        severity: Low,
        rows: ["D15"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}
",
            r"
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a}
spec: {backend: {serviceName: a, servicePort: 80}}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  rules: [{host: a, http: {paths: [{path: /, backend: {service: {name: a, port: {number: 80}}}}]}}]
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    if let Some((field, _)) = ingress::default_backend(object) {
        found.at(
            FieldPath::root().join(field),
            "takes every request that no rule takes",
        );
    }
}
