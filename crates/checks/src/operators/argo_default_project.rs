//! Applications of Argo CD in the project `default`.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::argo_project_too_wide::{is_too_wide, project_named};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Argo CD application belongs to the project that permits everything
    ///
    /// The project `default` allows any repository, any cluster and namespace and every kind of
    /// object. Whoever may edit the application, or pushes to its repository, deploys a
    /// ClusterRoleBinding or a privileged DaemonSet with the rights of Argo CD, mostly cluster-admin.
    ///
    /// **Fix:** Give each team a project that names its repositories and namespaces:
    /// ```yaml
    /// kind: Application
    /// spec:
    ///   project: shop
    /// ```
    "OPR-008" {
        severity: Medium,
        rows: ["F08"],
        fails: [
            r"
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec: {project: default}
",
            r"
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a, namespace: argocd}
spec: {template: {spec: {project: default}}}
",
        ],
        passes: [
            r"
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec: {project: shop}
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a, namespace: argocd}
spec: {template: {spec: {project: '{{project}}'}}}
",
            r"
# The project was narrowed.
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a, namespace: argocd}
spec: {project: default}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec: {sourceRepos: [], destinations: []}
",
        ],
        run: Objects(&[Kind::ArgoApplication, Kind::ArgoApplicationSet], run),
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let field = match object.kind() {
        Kind::ArgoApplicationSet => "spec.template.spec",
        _ => "spec",
    };
    let spec = object.value().at(field);
    // An empty name stands for `default`.
    if !spec.is_object() || !matches!(spec.text("project"), None | Some("" | "default")) {
        return;
    }
    let narrowed = project_named("default", context.inventory)
        .is_some_and(|project| !is_too_wide(project.value()));
    if !narrowed {
        found.at(
            FieldPath::root().join(field).join("project"),
            "belongs to the project default",
        );
    }
}
