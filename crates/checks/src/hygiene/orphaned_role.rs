//! Roles that nobody holds.

use std::collections::HashSet;

use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object};

use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// Nobody holds a Role or ClusterRole
    ///
    /// No binding refers to the role. Its rights wait for whoever may create bindings, and hide
    /// among the roles that count when somebody reviews them.
    ///
    /// **Fix:** Delete it:
    /// ```sh
    /// kubectl delete clusterrole NAME
    /// ```
    "HYG-114" {
        severity: Info,
        rows: ["H13"],
        fails: [
            r"# completeness: cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: old}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: bank}
roleRef: {kind: Role, name: reader}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: used}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a, namespace: bank}
roleRef: {kind: ClusterRole, name: used}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: system:node-proxier}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: view}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: crd-view, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: in-a-folder}
",
        ],
        run: Objects(&[Kind::ClusterRole, Kind::Role], run),
    }
}

fn run(role: &Object, context: &Context<'_>, found: &mut Findings) {
    if context.inventory.completeness() != Completeness::Cluster
        || comes_with_the_cluster(role)
        || !role.value().list("metadata.ownerReferences").is_empty()
        || is_aggregated(role)
        || context.config.is_system(role.namespace())
    {
        return;
    }
    let bound = &context.index::<Bound>().roles;
    if !bound.contains(&(role.kind(), role.namespace().into(), role.name().into())) {
        found.at(
            FieldPath::root().join("metadata.name"),
            "no binding refers to it",
        );
    }
}

fn comes_with_the_cluster(role: &Object) -> bool {
    role.name().starts_with("system:")
        || matches!(role.name(), "admin" | "edit" | "view" | "cluster-admin")
        || role.label("kubernetes.io/bootstrapping").is_some()
}

/// Another ClusterRole may collect it by its labels.
fn is_aggregated(role: &Object) -> bool {
    role.labels()
        .as_object()
        .into_iter()
        .flatten()
        .any(|(key, _)| key.contains("aggregate-to-"))
}

/// The roles that bindings refer to: kind, namespace (empty for ClusterRoles) and name.
struct Bound {
    roles: HashSet<(Kind, Box<str>, Box<str>)>,
}

impl Index for Bound {
    const READS: Reads = Reads::Kinds(&[Kind::RoleBinding, Kind::ClusterRoleBinding]);

    fn build(inventory: &Inventory) -> Self {
        let roles = inventory
            .of_kind(Kind::RoleBinding)
            .chain(inventory.of_kind(Kind::ClusterRoleBinding))
            .filter_map(|(_, binding)| {
                let role = binding.value().at("roleRef");
                let name = role.text("name")?.into();
                Some(match role.text("kind") {
                    Some("Role") => (Kind::Role, binding.namespace().into(), name),
                    _ => (Kind::ClusterRole, "".into(), name),
                })
            })
            .collect();
        Bound { roles }
    }
}
