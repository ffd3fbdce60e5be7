//! Secrets of type `kubernetes.io/service-account-token`.

use catseye_model::{FieldPath, Fields, Kind, Object, Version};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A service account token never expires
    ///
    /// A Secret of type `kubernetes.io/service-account-token` holds a token that is valid until the
    /// Secret is deleted, from anywhere, whether its pod still lives or not. Whoever reads it once, in
    /// etcd, a backup or a log, is that account for good.
    ///
    /// Before Kubernetes 1.24 the cluster itself made one for every account; those are passed over
    /// there.
    ///
    /// **Fix:** Delete it and ask for tokens that end: a `projected` volume with `serviceAccountToken`
    /// in pods, `kubectl create token` or the TokenRequest API elsewhere, and workload identity
    /// federation for what runs outside of the cluster.
    "SEC-007" {
        severity: Medium,
        rows: ["B07"],
        fails: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: ci-token, annotations: {kubernetes.io/service-account.name: ci}}
type: kubernetes.io/service-account-token
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Secret
metadata: {name: a}
type: Opaque
",
            r#"
# config: kubernetes-version = "1.23"
apiVersion: v1
kind: Secret
metadata: {name: ci-token-x7k2p, annotations: {kubernetes.io/service-account.name: ci}}
type: kubernetes.io/service-account-token
"#,
        ],
        run: Objects(&[Kind::Secret], run),
    }
}

fn run(secret: &Object, context: &Context<'_>, found: &mut Findings) {
    if secret.value().text("type") != Some("kubernetes.io/service-account-token") {
        return;
    }
    let account = secret
        .annotation("kubernetes.io/service-account.name")
        .unwrap_or("an account");
    let made_by_cluster = context.version() < Version::minor(24)
        && secret
            .name()
            .strip_prefix(account)
            .is_some_and(|rest| rest.starts_with("-token-"));
    if !made_by_cluster {
        found.at(
            FieldPath::root().join("type"),
            format!("holds a token of {account} without end"),
        );
    }
}
