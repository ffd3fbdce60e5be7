//! The terminal of Argo CD.

use catseye_model::Object;

use super::argo_settings::{has_settings, setting};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Argo CD gives out shells in containers
    ///
    /// With `exec.enabled` a user of Argo CD opens a terminal in any container of the applications
    /// that he may `exec`, with Argo CD's own rights instead of his own, past Kubernetes RBAC
    /// and recorded by the audit log under Argo CD's name. A stolen session is then a shell in production.
    ///
    /// **Fix:** Leave it off, and use `kubectl debug` under one's own name:
    /// ```yaml
    /// kind: ConfigMap
    /// metadata: {name: argocd-cm}
    /// data:
    ///   exec.enabled: 'false'
    /// ```
    "OPR-105" {
        severity: Medium,
        rows: ["F08"],
        fails: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data: {exec.enabled: 'true'}
",
            r"
apiVersion: argoproj.io/v1beta1
kind: ArgoCD
metadata: {name: a}
spec: {extraConfig: {exec.enabled: 'true'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data: {exec.enabled: 'false'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: another-program}
data: {exec.enabled: 'true'}
",
        ],
        run: ObjectsWhere("Argo CD's settings", has_settings, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    if let Some((path, "true")) = setting(object, "argocd-cm", "exec.enabled") {
        found.at(path, "opens terminals in containers");
    }
}
