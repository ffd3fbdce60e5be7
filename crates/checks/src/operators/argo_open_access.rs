//! Argo CD for anybody, or everybody as administrator.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::argo_settings::{has_settings, setting};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Argo CD admits anonymous users, or makes everybody an administrator
    ///
    /// Argo CD deploys with cluster-admin's rights in most installations. Whoever may create or sync an
    /// application there owns the clusters that it manages, and whoever reads it sees every
    /// manifest and, through diffs, much that is secret.
    ///
    /// **Fix:** Ask for a login, and let roles be granted, not given:
    /// ```yaml
    /// kind: ConfigMap
    /// metadata: {name: argocd-rbac-cm}
    /// data:
    ///   policy.default: ''
    /// ```
    "OPR-106" {
        severity: High,
        rows: ["F08"],
        fails: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data: {users.anonymous.enabled: 'true'}
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-rbac-cm, namespace: argocd}
data: {policy.default: 'role:admin'}
",
            r"
apiVersion: argoproj.io/v1beta1
kind: ArgoCD
metadata: {name: a}
spec: {usersAnonymousEnabled: true, rbac: {defaultPolicy: 'role:admin'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd}
data: {users.anonymous.enabled: 'false'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-rbac-cm, namespace: argocd}
data: {policy.default: 'role:readonly'}
---
apiVersion: argoproj.io/v1beta1
kind: ArgoCD
metadata: {name: a}
spec: {rbac: {defaultPolicy: ''}}
",
        ],
        run: ObjectsWhere("Argo CD's settings", has_settings, run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    const ANONYMOUS: &str = "admits anonymous users";
    const ADMIN: &str = "makes every user an administrator";
    if let Some((path, "true")) = setting(object, "argocd-cm", "users.anonymous.enabled") {
        found.at(path, ANONYMOUS);
    }
    if let Some((path, "role:admin")) = setting(object, "argocd-rbac-cm", "policy.default") {
        found.at(path, ADMIN);
    }
    if object.kind() == Kind::ArgoCd {
        let spec = object.value().at("spec");
        let path = |field: &str| FieldPath::root().join("spec").join(field);
        if spec.flag("usersAnonymousEnabled") == Some(true) {
            found.at(path("usersAnonymousEnabled"), ANONYMOUS);
        }
        if spec.text("rbac.defaultPolicy") == Some("role:admin") {
            found.at(path("rbac.defaultPolicy"), ADMIN);
        }
    }
}
