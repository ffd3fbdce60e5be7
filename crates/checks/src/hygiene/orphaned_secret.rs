//! Secrets that nothing uses.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::mentions::is_orphan;
use super::orphaned_config_map::found_by_label;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Nothing uses a Secret
    ///
    /// No workload and no other object of the cluster names it. Nobody rotates a forgotten
    /// credential, nobody would notice its theft, and everybody who may read Secrets in the
    /// namespace has it.
    ///
    /// **Fix:** Make sure that no program reads it through the API, revoke the credential, delete
    /// the Secret:
    /// ```sh
    /// kubectl delete secret NAME
    /// ```
    "HYG-111" {
        severity: Low,
        rows: ["H13", "B06"],
        fails: [
            r"# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: old, namespace: shop}
type: Opaque
",
        ],
        passes: [
            r"# completeness: cluster
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
type: kubernetes.io/tls
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: shop, annotations: {nginx.ingress.kubernetes.io/auth-secret: shop/basic}}
spec: {tls: [{secretName: tls}]}
---
apiVersion: v1
kind: Secret
metadata: {name: basic, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart, namespace: shop}
imagePullSecrets: [{name: pull}]
---
apiVersion: v1
kind: Secret
metadata: {name: sh.helm.release.v1.cart.v1, namespace: shop, labels: {owner: helm}}
type: helm.sh/release.v1
---
apiVersion: v1
kind: Secret
metadata: {name: cart-token-x, namespace: shop, annotations: {kubernetes.io/service-account.name: cart}}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: owned, namespace: shop, ownerReferences: [{apiVersion: v1, kind: Widget, name: w}]}
",
        ],
        run: Objects(&[Kind::Secret], run),
    }
}

fn run(secret: &Object, context: &Context<'_>, found: &mut Findings) {
    let kept_by_others = matches!(
        secret.value().text("type"),
        Some(
            "kubernetes.io/service-account-token"
                | "bootstrap.kubernetes.io/token"
                | "helm.sh/release.v1"
        )
    );
    if !kept_by_others && !found_by_label(secret) && is_orphan(secret, context) {
        found.at(FieldPath::root().join("metadata.name"), "nothing uses it");
    }
}
