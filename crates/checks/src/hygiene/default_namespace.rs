//! Objects in the namespace `default`.

use catseye_model::kind::Scope;
use catseye_model::{Completeness, FieldPath, Fields, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An object lives in the default namespace
    ///
    /// Namespaces are what Roles, quotas, NetworkPolicies and Pod Security levels hold on to. What
    /// shares `default` shares all of them, with everything that anybody applied without thinking
    /// of a namespace: one compromised application reads the Secrets of the others.
    ///
    /// **Fix:** Give each application a namespace of its own:
    /// ```yaml
    /// metadata:
    ///   namespace: shop
    /// ```
    /// A workload that names no namespace lands in `default` unless `kubectl`, Helm or Argo CD say
    /// otherwise, which is worth a note only.
    "HYG-001" {
        severity: Low,
        rows: ["H01"],
        fails: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: default}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: a, namespace: default}
",
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec: {containers: [{name: app, image: i}]}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Service
metadata: {name: kubernetes, namespace: default}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kubernetes, namespace: default}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: default}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-root-ca.crt, namespace: default}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: elsewhere, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kubectl-says-where}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: a, namespace: default}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: of-a-service
  namespace: default
  ownerReferences: [{apiVersion: v1, kind: Service, name: a}]
",
        ],
        run: AnyObject(run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    if object.kind().scope() == Some(Scope::Cluster) || object.kind() == Kind::Event {
        return;
    }
    match object.explicit_namespace() {
        Some("default") => {
            // What has an owner is where its owner is.
            let owned = !object.value().list("metadata.ownerReferences").is_empty();
            if !owned && !comes_with_the_cluster(object) {
                found.at(path(), "is in the namespace default");
            }
        }
        Some(_) => {}
        None => {
            let live = context.inventory.completeness() == Completeness::Cluster;
            if object.kind().is_workload() && !live {
                let message = "names no namespace: default, unless the tool that applies it does";
                found.at_severity(Severity::Info, path(), message);
            }
        }
    }
}

fn path() -> FieldPath {
    FieldPath::root().join("metadata.namespace")
}

fn comes_with_the_cluster(object: &Object) -> bool {
    matches!(
        (object.kind(), object.name()),
        (
            Kind::Service | Kind::Endpoints | Kind::EndpointSlice,
            "kubernetes"
        ) | (Kind::ServiceAccount, "default")
            | (Kind::ConfigMap, "kube-root-ca.crt")
    )
}
