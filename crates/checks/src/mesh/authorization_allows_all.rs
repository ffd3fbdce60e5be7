//! An `AuthorizationPolicy` that allows everything.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use super::istio::{Istio, is_unlimited, selector};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An authorization policy allows everything
    ///
    /// An empty rule matches every request, with and without identity. Rules of all allowing policies
    /// add up, so it undoes the narrow ones.
    ///
    /// **Fix:** Name who may do what; to deny everything write no rules at all:
    /// ```yaml
    /// rules:
    /// - from: [{source: {principals: [cluster.local/ns/front/sa/web]}}]
    ///   to: [{operation: {methods: [GET]}}]
    /// ```
    "MESH-103" {
        severity: Medium,
        rows: ["E03"],
        fails: [
            r"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a}
spec: {rules: [{}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: b}
spec: {action: ALLOW, rules: [{from: [{source: {principals: [a]}}]}, {from: []}]}
",
        ],
        passes: [
            r"
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-all}
spec: {}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny-everything}
spec: {action: DENY, rules: [{}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: narrow}
spec: {rules: [{to: [{operation: {paths: [/healthz]}}]}]}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: of-linkerd}
spec: {rules: [{}]}
",
        ],
        run: Objects(&[Kind::AuthorizationPolicy], run),
    }
}

fn run(policy: &Object, context: &Context<'_>, found: &mut Findings) {
    let spec = policy.value().at("spec");
    if spec.text("action").unwrap_or("ALLOW") != "ALLOW" {
        return;
    }
    for (index, rule) in spec.list("rules").iter().enumerate() {
        if !is_unlimited(rule) {
            continue;
        }
        let whole_mesh =
            selector(policy).is_none() && policy.namespace() == &*context.index::<Istio>().root;
        let (severity, message) = if whole_mesh {
            (Severity::High, "allows every request in the whole mesh")
        } else {
            (Severity::Medium, "allows every request")
        };
        let path = FieldPath::root().join("spec.rules").index(index);
        found.at_severity(severity, path, message);
    }
}
