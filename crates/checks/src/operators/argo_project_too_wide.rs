//! Projects of Argo CD that do not confine.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Inventory, Kind, Object, Severity};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Argo CD project allows any destination, source or cluster-wide object
    ///
    /// A project is all that stands between those who may edit its applications and Argo CD's own rights.
    /// With `*` for cluster-scoped kinds they bind themselves to cluster-admin; with `*` for namespaces
    /// they deploy into `kube-system` or over Argo CD itself; with `*` for repositories the manifests
    /// come from anywhere.
    ///
    /// **Fix:** Name them:
    /// ```yaml
    /// spec:
    ///   sourceRepos: ['https://git.example.com/shop/*']
    ///   destinations: [{server: 'https://kubernetes.default.svc', namespace: 'shop-*'}]
    ///   clusterResourceWhitelist: []
    /// ```
    "OPR-104" {
        severity: Medium,
        rows: ["F08"],
        fails: [
            r"
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: a, namespace: argocd}
spec:
  sourceRepos: ['*']
  destinations: [{server: '*', namespace: '*'}]
  clusterResourceWhitelist: [{group: '*', kind: '*'}]
",
        ],
        passes: [
            r"
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: a, namespace: argocd}
spec:
  sourceRepos: ['https://git.example.com/shop/*']
  destinations: [{server: 'https://kubernetes.default.svc', namespace: 'shop-*'}]
  clusterResourceWhitelist: [{group: '', kind: Namespace}]
  namespaceResourceWhitelist: [{group: '*', kind: '*'}]
---
# Denied namespaces make the wildcard a choice.
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: b, namespace: argocd}
spec:
  destinations:
  - {server: 'https://kubernetes.default.svc', namespace: '*'}
  - {server: '*', namespace: '!kube-system'}
  - {server: '*', namespace: '!argocd'}
",
        ],
        run: Objects(&[Kind::ArgoAppProject], run),
    }
}

/// The project of that name, in any namespace: Argo CD has one for all its projects.
pub(super) fn project_named<'a>(name: &str, inventory: &'a Inventory) -> Option<&'a Object> {
    inventory
        .of_kind(Kind::ArgoAppProject)
        .map(|(_, project)| project)
        .find(|project| project.name() == name)
}

/// True when the project does not confine its applications.
pub(super) fn is_too_wide(project: &Value) -> bool {
    wide_destination(project).is_some() || wide_cluster_kinds(project).is_some()
}

fn wide_destination(project: &Value) -> Option<usize> {
    let destinations = project.list("spec.destinations");
    let namespace =
        |destination: &Value| destination.text("namespace").unwrap_or_default().to_owned();
    if destinations.iter().any(|d| namespace(d).starts_with('!')) {
        return None;
    }
    destinations.iter().position(|d| namespace(d) == "*")
}

fn wide_cluster_kinds(project: &Value) -> Option<usize> {
    project
        .list("spec.clusterResourceWhitelist")
        .iter()
        .position(|kind| kind.text("kind") == Some("*") && kind.text("group") == Some("*"))
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let project = object.value();
    let path = |field: &str, index| FieldPath::root().join("spec").join(field).index(index);
    if let Some(index) = project
        .texts("spec.sourceRepos")
        .position(|repo| repo == "*")
    {
        found.at(path("sourceRepos", index), "allows any repository");
    }
    if let Some(index) = wide_destination(project) {
        found.at(
            path("destinations", index).join("namespace"),
            "allows any namespace",
        );
    }
    if let Some(index) = wide_cluster_kinds(project) {
        found.at_severity(
            Severity::High,
            path("clusterResourceWhitelist", index),
            "allows every cluster-scoped object",
        );
    }
}
