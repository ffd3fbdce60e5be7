//! A workload that refuses its sidecar.

use catseye_model::{Kind, PodView};

use super::membership::{Membership, in_istio, takes_in};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A workload stays out of the mesh
    ///
    /// A label or annotation keeps the proxy away from these pods. They answer plain text, the mesh's
    /// authorization does not hold for them, and what they call cannot tell who they are.
    ///
    /// **Fix:** Remove the label or annotation; a job that must end can use a native sidecar
    /// (Kubernetes 1.29) or the ambient mode:
    /// ```yaml
    /// metadata:
    ///   labels: {sidecar.istio.io/inject: "true"}
    /// ```
    "MESH-007" {
        severity: Medium,
        rows: ["E07", "E12"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {sidecar.istio.io/inject: 'false'}}
spec: {containers: [{name: a, image: i}]}
",
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: namespace-not-visible}
spec:
  template:
    metadata: {annotations: {sidecar.istio.io/inject: 'false'}}
    spec: {containers: [{name: a, image: i}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {linkerd.io/inject: disabled}}
spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: not-in-the-mesh-anyway, namespace: shop, labels: {sidecar.istio.io/inject: 'false'}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: ambient, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Pod
metadata: {name: no-sidecar-needed, namespace: ambient, labels: {sidecar.istio.io/inject: 'false'}}
spec: {containers: [{name: a, image: i}]}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a, annotations: {sidecar.istio.io/inject: 'false'}}
spec: {hostNetwork: true, containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, labels: {sidecar.istio.io/inject: 'true'}, annotations: {linkerd.io/inject: enabled}}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    // Pods on the node's network cannot have a proxy, and what the mesh itself needs has none.
    if pod.host_network() || pod.object.namespace() == "istio-system" {
        return;
    }
    let namespace = context
        .inventory
        .find(Kind::Namespace, "", pod.object.namespace());
    if let Some(namespace) = namespace
        && takes_in(namespace)
        && pod.label("istio.io/dataplane-mode") == Some("none")
        && in_istio(context.inventory, pod) != Membership::Inside
    {
        found.at(
            pod.metadata_path("labels").key("istio.io/dataplane-mode"),
            "stays out of the ambient mesh",
        );
    }
    let key = "sidecar.istio.io/inject";
    let (field, asked) = match pod.label(key) {
        Some(value) => ("labels", Some(value)),
        None => ("annotations", pod.annotation(key)),
    };
    if asked == Some("false")
        && namespace.is_none_or(takes_in)
        && in_istio(context.inventory, pod) != Membership::Inside
    {
        found.at(pod.metadata_path(field).key(key), "refuses Istio's sidecar");
    }
    let key = "linkerd.io/inject";
    if pod.annotation(key) == Some("disabled")
        && namespace.is_none_or(|namespace| namespace.annotation(key) == Some("enabled"))
    {
        found.at(
            pod.metadata_path("annotations").key(key),
            "refuses Linkerd's proxy",
        );
    }
}
