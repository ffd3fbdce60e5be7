//! Endpoints for everybody who may edit.

use catseye_model::{FieldPath, Fields, Kind, Object};
use catseye_rbac::{Request, Rule};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The roles edit and admin include writing endpoints
    ///
    /// A namespace's editor who writes Endpoints or EndpointSlices points a Service of theirs at any
    /// address, and a shared Ingress or load balancer forwards to it: into other namespaces, past
    /// their NetworkPolicies (CVE-2021-25740). Kubernetes removed the right in 1.22, but clusters that
    /// were upgraded keep the old role.
    ///
    /// **Fix:** Remove `endpoints` and `endpointslices` from the role:
    /// ```sh
    /// kubectl edit clusterrole NAME
    /// ```
    "RBA-024" {
        severity: Medium,
        rows: ["C24"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: system:aggregate-to-edit
  labels: {kubernetes.io/bootstrapping: rbac-defaults, rbac.authorization.k8s.io/aggregate-to-admin: 'true'}
rules:
- {apiGroups: [''], resources: [pods], verbs: [create]}
- {apiGroups: [''], resources: [configmaps, endpoints], verbs: [create, update]}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-edit: 'true'}}
rules: [{apiGroups: [discovery.k8s.io], resources: ['*'], verbs: [patch]}]
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-edit: 'true'}}
rules: [{apiGroups: [''], resources: [endpoints], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: mesh, labels: {rbac.authorization.k8s.io/aggregate-to-edit: 'false'}}
rules: [{apiGroups: [''], resources: [endpoints], verbs: [update]}]
",
        ],
        run: Objects(&[Kind::ClusterRole], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let is_part = ["edit", "admin"].iter().any(|whole| {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{whole}");
        object.label(&label) == Some("true")
    });
    if !is_part {
        return;
    }
    for (index, rule) in object.value().list("rules").iter().enumerate() {
        let rule = Rule::read(rule);
        let written = [("", "endpoints"), ("discovery.k8s.io", "endpointslices")]
            .iter()
            .find(|(group, resource)| {
                ["create", "update", "patch"]
                    .iter()
                    .any(|verb| rule.allows(&Request::resource(verb, group, resource)))
            });
        if let Some((_, resource)) = written {
            let path = FieldPath::root().key("rules").index(index);
            found.at(
                path,
                format!("every editor of a namespace may write {resource}"),
            );
        }
    }
}
