//! Namespaces without a quota.

use catseye_model::{Completeness, FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A namespace has no ResourceQuota
    ///
    /// Whoever may create objects in the namespace may fill the cluster: a runaway autoscaler, a
    /// coin miner or a flood of Secrets takes what other tenants need.
    ///
    /// **Fix:** Bound what the namespace may use:
    /// ```yaml
    /// apiVersion: v1
    /// kind: ResourceQuota
    /// metadata:
    ///   name: bounds
    ///   namespace: shop
    /// spec:
    ///   hard:
    ///     requests.cpu: "10"
    ///     limits.memory: 20Gi
    ///     count/pods: "50"
    /// ```
    "HYG-003" {
        severity: Low,
        rows: ["H03"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: a, namespace: bank}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: a, namespace: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}
",
            r"# completeness: fragment
apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
        ],
        run: Objects(&[Kind::Namespace], run),
    }
}

fn run(namespace: &Object, context: &Context<'_>, found: &mut Findings) {
    let name = namespace.name();
    let going = namespace.value().text("status.phase") == Some("Terminating");
    // Kubernetes reserves the prefix for itself.
    if going || name.starts_with("kube-") || context.config.is_system(name) {
        return;
    }
    if context.inventory.completeness() == Completeness::Fragment {
        found.unknown("a ResourceQuota may stand in another file");
        return;
    }
    let bounded = context
        .inventory
        .in_namespace(Kind::ResourceQuota, name)
        .next()
        .is_some();
    if !bounded {
        found.at(
            FieldPath::root().join("metadata.name"),
            "has no ResourceQuota",
        );
    }
}
