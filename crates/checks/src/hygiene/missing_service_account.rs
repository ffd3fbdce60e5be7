//! Pods whose ServiceAccount does not exist.

use catseye_model::{Fields, Kind, PodView};

use super::absence::{Presence, presence};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A pod runs as a ServiceAccount that does not exist
    ///
    /// The API server refuses its pods, so the workload never runs, or never again after its pods
    /// go. Role bindings may wait for the account already: whoever creates it holds them.
    ///
    /// **Fix:** Create the account next to the workload:
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata:
    ///   name: cart
    ///   namespace: shop
    /// ```
    "HYG-116" {
        severity: Medium,
        rows: ["H13"],
        fails: [
            r"# completeness: cluster
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec: {template: {spec: {serviceAccountName: cart, containers: [{name: app, image: i}]}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: bank}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {serviceAccount: cart, containers: [{name: app, image: i}]}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {serviceAccountName: cart, containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: default, namespace: shop}
spec: {serviceAccountName: default, containers: [{name: app, image: i}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {serviceAccountName: cart, containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let name = pod.service_account();
    match presence(context, Kind::ServiceAccount, pod.object.namespace(), name) {
        Presence::There => {}
        Presence::Unknown => {
            found.unknown(format!("ServiceAccount {name} is not among the objects"));
        }
        Presence::Absent(severity) => {
            let field = match pod.spec.text("serviceAccountName") {
                Some(written) if !written.is_empty() => "serviceAccountName",
                _ => "serviceAccount",
            };
            found.at_severity(
                severity,
                pod.path(field),
                format!("ServiceAccount {name} does not exist"),
            );
        }
    }
}
