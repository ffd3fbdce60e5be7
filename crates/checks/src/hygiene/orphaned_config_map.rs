//! ConfigMaps that nothing uses.

use catseye_model::{FieldPath, Kind, Object};

use super::mentions::is_orphan;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Nothing uses a ConfigMap
    ///
    /// No workload and no other object of the cluster names it. Left-over configuration misleads
    /// whoever reads it, and keeps addresses and sometimes passwords of systems that were taken
    /// down.
    ///
    /// **Fix:** Make sure that no program reads it through the API, then delete it:
    /// ```sh
    /// kubectl delete configmap NAME
    /// ```
    "HYG-013" {
        severity: Info,
        rows: ["H13"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: ConfigMap
metadata: {name: old, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: bank}
spec: {containers: [{name: app, image: i, envFrom: [{configMapRef: {name: old}}]}]}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: ConfigMap
metadata: {name: used, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  containers: [{name: app, image: i, args: [--config=shop/named-on-the-command-line]}]
  volumes: [{name: v, projected: {sources: [{configMap: {name: used}}]}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: named-on-the-command-line, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: dashboard, namespace: shop, labels: {grafana_dashboard: '1'}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-root-ca.crt, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: rules, namespace: shop}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: a, namespace: shop}
spec: {source: {map: rules}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns-custom, namespace: kube-system}
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: in-a-folder, namespace: shop}
",
        ],
        run: Objects(&[Kind::ConfigMap], run),
    }
}

fn run(map: &Object, context: &Context<'_>, found: &mut Findings) {
    let made_by_cluster = matches!(
        map.name(),
        "kube-root-ca.crt" | "istio-ca-root-cert" | "openshift-service-ca.crt"
    );
    // Leader election writes a record into an object that only its controller knows.
    let record = map
        .annotation("control-plane.alpha.kubernetes.io/leader")
        .is_some();
    if !made_by_cluster && !record && !found_by_label(map) && is_orphan(map, context) {
        found.at(FieldPath::root().join("metadata.name"), "nothing uses it");
    }
}

/// Dashboards, rules and repositories are picked up by a label of the picker's choice.
pub(super) fn found_by_label(object: &Object) -> bool {
    object
        .labels()
        .as_object()
        .into_iter()
        .flatten()
        .any(|(key, _)| {
            key.starts_with("grafana_")
                || key.starts_with("argocd.argoproj.io/")
                || key.starts_with("kustomize.toolkit.fluxcd.io/watch")
                || key.starts_with("reconcile.fluxcd.io/")
                || key.starts_with("prometheus")
                || key == "owner"
        })
}
