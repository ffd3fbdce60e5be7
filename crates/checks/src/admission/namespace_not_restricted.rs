//! A namespace that enforces the baseline and no more.

use catseye_model::{Kind, Object};

use super::pod_security::{Enforcement, Level, enforce_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A namespace enforces the baseline, not the restricted standard
    ///
    /// The baseline lets pods run as root, keep the runtime's default capabilities, raise their
    /// privileges by setuid programs and do without seccomp. A flaw in the application then gives an
    /// attacker root in the container, from which each kernel bug is a way out.
    ///
    /// **Fix:** Once `warn` is quiet, enforce it:
    /// ```yaml
    /// metadata:
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: restricted
    /// ```
    "ADM-110" {
        severity: Low,
        rows: ["F05"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
# The greater defect is told by another check.
apiVersion: v1
kind: Namespace
metadata: {name: open}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: require-run-as-nonroot
  annotations: {policies.kyverno.io/category: Pod Security Standards (Restricted)}
spec:
  validationFailureAction: Enforce
  rules:
  - name: a
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {pattern: {spec: {securityContext: {runAsNonRoot: true}}}}
",
        ],
        run: Objects(&[Kind::Namespace], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    if !context.config.is_system(object.name())
        && context.index::<Enforcement>().level(object) == Level::Baseline
    {
        found.at(enforce_path(), "enforces the baseline only");
    }
}
