//! A workload of Linkerd that answers everyone.

use catseye_model::{Completeness, Fields, Kind, PodView, Selector};

use super::membership::{Membership, in_linkerd};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Linkerd workload takes requests from everyone
    ///
    /// Unless a Server or a default policy says otherwise, the proxy lets every request in, also
    /// those of pods outside the mesh, which carry no identity.
    ///
    /// **Fix:** Set a default policy that demands identity, then describe the ports with Server and
    /// AuthorizationPolicy:
    /// ```yaml
    /// metadata:
    ///   annotations:
    ///     config.linkerd.io/default-inbound-policy: deny
    /// ```
    "MESH-012" {
        severity: Medium,
        rows: ["E12"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop}
spec: {template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: i}]}}}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: b, namespace: shop}
spec: {podSelector: {matchLabels: {app: b}}, port: http}
",
            r"
apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    linkerd.io/inject: enabled
    config.linkerd.io/default-inbound-policy: all-unauthenticated
spec: {containers: [{name: a, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: deny}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: bank, labels: {app: b}, annotations: {linkerd.io/inject: enabled}}
spec: {containers: [{name: a, image: i}]}
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: b, namespace: bank}
spec: {podSelector: {matchLabels: {app: b}}, port: http}
---
apiVersion: v1
kind: Pod
metadata: {name: outside}
spec: {containers: [{name: a, image: i}]}
",
        ],
        run: Pods(run),
    }
}

const DEFAULT_POLICY: &str = "config.linkerd.io/default-inbound-policy";

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    if matches!(pod.object.kind(), Kind::Job | Kind::CronJob)
        || in_linkerd(inventory, pod) != Membership::Inside
    {
        return;
    }
    let namespace = pod.object.namespace();
    let default = pod.annotation(DEFAULT_POLICY).or_else(|| {
        inventory
            .find(Kind::Namespace, "", namespace)?
            .annotation(DEFAULT_POLICY)
    });
    if matches!(
        default,
        Some("deny" | "all-authenticated" | "cluster-authenticated")
    ) {
        return;
    }
    let served = inventory
        .in_namespace(Kind::LinkerdServer, namespace)
        .any(|(_, server)| {
            Selector::of(server.value().at("spec.podSelector"))
                .is_ok_and(|selector| selector.matches(pod.labels()))
        });
    if served {
        return;
    }
    let path = pod.metadata_path("annotations").key(DEFAULT_POLICY);
    match default {
        Some(policy) => found.at(path, format!("{policy} lets everyone in")),
        None if inventory.completeness() == Completeness::Fragment => {
            found.unknown("a Server of the namespace may stand elsewhere");
        }
        None => found.at(path, "neither a Server nor a default policy limits callers"),
    }
}
