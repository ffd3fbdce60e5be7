//! Namespaces without default limits.

use catseye_model::{Completeness, FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A namespace has no LimitRange
    ///
    /// Containers that say nothing about their limits then have none, whatever is deployed there,
    /// and one of them can take its node down. The containers concerned are weighed by REL-103, what the
    /// namespace may use in all by HYG-003; this is a note.
    ///
    /// **Fix:** Give the namespace defaults:
    /// ```yaml
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata:
    ///   name: defaults
    ///   namespace: shop
    /// spec:
    ///   limits:
    ///   - type: Container
    ///     defaultRequest: {cpu: 100m, memory: 128Mi}
    ///     default: {memory: 256Mi}
    /// ```
    "HYG-101" {
        severity: Info,
        rows: ["H03"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: LimitRange
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
kind: LimitRange
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
        found.unknown("a LimitRange may stand in another file");
        return;
    }
    let bounded = context
        .inventory
        .in_namespace(Kind::LimitRange, name)
        .next()
        .is_some();
    if !bounded {
        found.at(FieldPath::root().join("metadata.name"), "has no LimitRange");
    }
}
