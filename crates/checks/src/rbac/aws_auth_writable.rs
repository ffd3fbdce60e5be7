//! Who is who on EKS.

use catseye_model::{Fields, Inventory, Kind, Object, Severity};

use super::grants::{ConfigMapOf, judge_binding};
use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// A binding lets somebody make administrators on EKS
    ///
    /// The ConfigMap `aws-auth` in `kube-system` says which AWS roles are which users and groups of
    /// the cluster. Whoever changes it writes themselves into `system:masters`.
    ///
    /// **Fix:** Use EKS access entries instead of the ConfigMap, and take away the right to change
    /// ConfigMaps of `kube-system`.
    "RBA-018" {
        severity: Critical,
        rows: ["C18"],
        fails: [
            r"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: kube-system}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [patch], resourceNames: [aws-auth]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b, namespace: kube-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
---
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
        ],
        passes: [
            // No sign of EKS.
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
        ],
        run: Objects(&[Kind::RoleBinding, Kind::ClusterRoleBinding], run),
    }
}

/// Whether the objects are those of EKS.
struct OnEks(bool);

impl Index for OnEks {
    const READS: Reads = Reads::Kinds(&[Kind::ConfigMap, Kind::Node]);

    fn build(inventory: &Inventory) -> Self {
        let has_map = inventory
            .find(Kind::ConfigMap, "kube-system", "aws-auth")
            .is_some();
        let has_node = inventory.of_kind(Kind::Node).any(|(_, node)| {
            let provider = node.value().text("spec.providerID");
            provider.is_some_and(|id| id.starts_with("aws://"))
        });
        OnEks(has_map || has_node)
    }
}

fn run(binding: &Object, context: &Context<'_>, found: &mut Findings) {
    let on_eks = context.index::<OnEks>().0;
    judge_binding(binding, context, found, |grants, binding, role| {
        let writes = grants.writes_config_map(binding, role, &["aws-auth"]);
        if matches!(writes, ConfigMapOf::Any(_)) && !on_eks {
            return None;
        }
        let rule = grants.rbac.role(role).to_string();
        Some((Severity::Critical, writes.in_words()?, rule))
    });
}
