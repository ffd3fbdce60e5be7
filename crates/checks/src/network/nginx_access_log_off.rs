//! An Ingress that is not logged.

use catseye_model::{Kind, Object};

use super::ingress::annotation_path;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Requests to an Ingress are not logged
    ///
    /// Without the access log nobody can tell afterwards who asked for what: which Ingress an attack
    /// came through, whether data left.
    ///
    /// **Fix:** Remove the annotation; where the log is too long, leave out single paths such as
    /// health checks:
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/enable-access-log: "true"
    /// ```
    "NET-020" {
        severity: Low,
        rows: ["D20"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, annotations: {nginx.ingress.kubernetes.io/enable-access-log: 'false'}}
spec: {}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, annotations: {nginx.ingress.kubernetes.io/enable-access-log: 'true'}}
spec: {}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: b}
spec: {}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(ingress: &Object, _: &Context<'_>, found: &mut Findings) {
    let key = "nginx.ingress.kubernetes.io/enable-access-log";
    if ingress
        .annotation(key)
        .is_some_and(|value| value.eq_ignore_ascii_case("false"))
    {
        found.at(annotation_path(key), "switches the access log off");
    }
}
