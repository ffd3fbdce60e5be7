//! A namespace in which privileged pods are admitted.

use catseye_model::{Kind, Object};

use super::pod_security::{ENFORCE, Enforcement, Level, enforce_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A namespace admits privileged pods
    ///
    /// Pod Security admission refuses nothing in a namespace without an `enforce` label, or with the
    /// level `privileged`. Whoever may create pods there (a developer, a pipeline, a stolen token)
    /// mounts the node's disk in a privileged pod and owns the node with all that runs on it.
    ///
    /// A namespace passes as well where Kyverno, Gatekeeper or an admission policy among the objects
    /// enforces the standards, and where the API server's defaults do. System namespaces are left out.
    ///
    /// **Fix:** Enforce at least the baseline, and warn about the next step:
    /// ```yaml
    /// metadata:
    ///   labels:
    ///     pod-security.kubernetes.io/enforce: baseline
    ///     pod-security.kubernetes.io/warn: restricted
    /// ```
    "ADM-005" {
        severity: Medium,
        rows: ["F05"],
        fails: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
",
            r"
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: privileged, pod-security.kubernetes.io/warn: restricted}
",
            r"
# A webhook on pods alone says nothing of what it refuses.
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: a}
webhooks:
- name: a.example.com
  rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
",
            r"
# Kyverno reports only, unless told to enforce; and here it leaves the namespace out.
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: reports}
spec:
  rules:
  - name: a
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate: {podSecurity: {level: baseline}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: elsewhere}
spec:
  validationFailureAction: Enforce
  rules:
  - name: a
    match: {any: [{resources: {kinds: [Pod]}}]}
    exclude: {any: [{resources: {namespaces: ['sh*']}}]}
    validate: {podSecurity: {level: baseline}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {pod-security.kubernetes.io/enforce: baseline}}
---
apiVersion: v1
kind: Namespace
metadata: {name: b, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: a}
spec:
  rules:
  - name: a
    match: {any: [{resources: {kinds: [Pod]}}]}
    exclude: {any: [{resources: {namespaces: [kube-system]}}]}
    validate: {failureAction: Enforce, podSecurity: {level: baseline}}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPSPPrivilegedContainer
metadata: {name: a}
spec: {match: {excludedNamespaces: ['kube-*']}}
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sPSPHostNamespace
metadata: {name: a}
spec: {enforcementAction: deny}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline}
",
            r"
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: pod-security-baseline}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: a}
spec: {policyName: pod-security-baseline, validationActions: [Deny]}
",
        ],
        run: Objects(&[Kind::Namespace], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    if context.config.is_system(object.name())
        || context.index::<Enforcement>().level(object) >= Level::Baseline
    {
        return;
    }
    let message = match object.label(ENFORCE) {
        Some("privileged") => "asks for no enforcement: privileged".to_owned(),
        Some(other) => format!("names no level of the standards: {other}"),
        None => "has no enforce label".to_owned(),
    };
    found.at(enforce_path(), message);
}
