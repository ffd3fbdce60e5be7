//! ServiceAccounts that no workload runs as.

use catseye_model::{FieldPath, Kind, Object};

use super::mentions::is_orphan;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Nothing uses a ServiceAccount
    ///
    /// No workload runs as the account and no binding or other object names it. Whoever may create
    /// pods in the namespace may run as it, with every right that it is given one day.
    ///
    /// **Fix:** Make sure that nobody holds a token of it, then delete it:
    /// ```sh
    /// kubectl delete serviceaccount NAME
    /// ```
    "HYG-113" {
        severity: Info,
        rows: ["H13"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: old, namespace: shop}
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec: {serviceAccountName: cart, containers: [{name: app, image: i}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot-reads, namespace: bank}
subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
",
        ],
        run: Objects(&[Kind::ServiceAccount], run),
    }
}

fn run(account: &Object, context: &Context<'_>, found: &mut Findings) {
    if account.name() != "default" && is_orphan(account, context) {
        found.at(FieldPath::root().join("metadata.name"), "nothing uses it");
    }
}
