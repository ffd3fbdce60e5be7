//! The service account `default` gives its token to every pod.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The default service account gives its token to every pod
    ///
    /// Every pod that names no account gets the token of `default`, also those that someone starts in a
    /// hurry. One binding to it, by mistake or by an intruder, then reaches all of them (CIS Kubernetes
    /// Benchmark 5.1.5).
    ///
    /// **Fix:**
    /// ```yaml
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// automountServiceAccountToken: false
    /// ```
    "SEC-109" {
        severity: Low,
        rows: ["B09"],
        fails: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: default, namespace: shop}
",
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
automountServiceAccountToken: true
",
        ],
        passes: [
            r"
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
automountServiceAccountToken: false
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cart}
",
        ],
        run: Objects(&[Kind::ServiceAccount], run),
    }
}

fn run(account: &Object, _: &Context<'_>, found: &mut Findings) {
    let automount = account.value().flag("automountServiceAccountToken");
    if account.name() == "default" && automount != Some(false) {
        found.at(
            FieldPath::root().join("automountServiceAccountToken"),
            "pods that name no account get its token",
        );
    }
}
