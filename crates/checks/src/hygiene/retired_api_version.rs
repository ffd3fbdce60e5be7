//! Objects in API versions that the cluster does not serve, or soon will not.

use catseye_model::{FieldPath, Object, Severity};

use super::api_versions::{Standing, standing};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An object uses an API version that is gone, or going
    ///
    /// The API server refuses an object in a version that it does not serve: the next deployment,
    /// or the restore of a backup, fails, and with it the NetworkPolicy or budget that should have
    /// been there. A deprecated version is served only until the release that removes it.
    ///
    /// **Fix:** Write the object in the version that replaces it (mind renamed fields), for example
    /// with `kubectl convert`:
    /// ```yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// ```
    "HYG-009" {
        severity: High,
        rows: ["H09"],
        fails: [
            r"
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a}
---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: a}
---
apiVersion: resource.k8s.io/v1beta1
kind: ResourceClaim
metadata: {name: a}
---
apiVersion: v1
kind: PodDisruptionBudget
metadata: {name: a}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: a}
---
apiVersion: networking.istio.io/v1beta1
kind: Gateway
metadata: {name: a}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: Gateway
metadata: {name: a}
",
        ],
        run: AnyObject(run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let kind = object.kind_name();
    let instead = |replacement: &str| {
        if replacement.is_empty() {
            ", with nothing in its place".to_owned()
        } else {
            format!(": use {replacement}")
        }
    };
    let written = object.api_version();
    let (severity, message) = match standing(written, kind, context.version()) {
        Standing::Fine => return,
        Standing::Removed(since, replacement) => (
            Severity::High,
            format!(
                "{written} {kind} is gone since {since}{}",
                instead(replacement)
            ),
        ),
        Standing::Deprecated(until, replacement) => (
            Severity::Low,
            format!("{written} {kind} goes in {until}{}", instead(replacement)),
        ),
        Standing::TooNew(since) => (
            Severity::Medium,
            format!("{written} {kind} is served from {since} on only"),
        ),
        Standing::NeverServed(right) => (
            Severity::High,
            format!("no Kubernetes serves {kind} in {written}: use {right}"),
        ),
    };
    found.at_severity(severity, FieldPath::root().join("apiVersion"), message);
}
