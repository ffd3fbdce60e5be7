//! The cluster's name server.

use catseye_model::{Kind, Object, Severity};

use super::grants::judge_binding;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A binding lets somebody rewrite the cluster's DNS
    ///
    /// CoreDNS reads its configuration from a ConfigMap in `kube-system`. Whoever changes it answers
    /// every name lookup of every pod, and so receives the traffic that was meant for others.
    ///
    /// **Fix:** Write ConfigMaps only in the namespaces of the application; in `kube-system`, name
    /// the ConfigMap with `resourceNames`.
    "RBA-017" {
        severity: Medium,
        rows: ["C17"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [update]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
",
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [patch], resourceNames: [coredns]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
",
        ],
        passes: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules:
- {apiGroups: [''], resources: [configmaps], verbs: [get, list, watch, create]}
- {apiGroups: [''], resources: [configmaps], verbs: [update], resourceNames: [leader]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
",
        ],
        run: Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding], run),
    }
}

/// What the name server reads, by distribution.
const NAMES: &[&str] = &["coredns", "coredns-custom", "kube-dns", "node-local-dns"];

fn run(binding: &Object, context: &Context<'_>, found: &mut Findings) {
    judge_binding(binding, context, found, |grants, binding, role| {
        let power = grants.writes_config_map(binding, role, NAMES).in_words()?;
        Some((Severity::Medium, power, grants.rbac.role(role).to_string()))
    });
}
