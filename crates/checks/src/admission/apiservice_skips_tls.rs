//! `insecureSkipTLSVerify` on an aggregated API.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The API server does not verify an aggregated API
    ///
    /// Requests for the group, with the user's name and groups in headers, go to whoever answers at the
    /// Service's address. An attacker in the path, or one who adds an endpoint to the Service, reads
    /// them, answers in the API's place and can redirect the client (CVE-2022-3172).
    ///
    /// **Fix:** Give the API server the authority of the Service's certificate:
    /// ```yaml
    /// spec:
    ///   insecureSkipTLSVerify: false
    ///   caBundle: LS0tLS1CRUdJTi…
    /// ```
    "ADM-014" {
        severity: Medium,
        rows: ["F14"],
        fails: [
            r"
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  insecureSkipTLSVerify: true
  service: {namespace: kube-system, name: metrics-server}
",
        ],
        passes: [
            r"
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec: {caBundle: LS0=, service: {namespace: kube-system, name: metrics-server}}
---
# Served by the API server itself: there is no connection.
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.apps}
spec: {insecureSkipTLSVerify: true}
",
        ],
        run: Objects(&[Kind::ApiService], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    if spec.flag("insecureSkipTLSVerify") == Some(true) && spec.has("service") {
        found.at(
            FieldPath::root().join("spec.insecureSkipTLSVerify"),
            "the certificate is not verified",
        );
    }
}
