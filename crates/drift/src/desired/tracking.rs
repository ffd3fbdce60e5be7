//! Which tool says that it deployed an object, and from where: Argo CD and Flux leave their marks.
//!
//! The marks are labels and annotations that anybody who may write the object may write, so they name a
//! source and prove nothing.

use catseye_model::{Inventory, Object};
use serde::Serialize;

/// A continuous-delivery tool's mark on an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tracked {
    /// `Argo CD`, `Flux` or `Helm`.
    pub tool: &'static str,
    /// The application, kustomization or release: `shop/web`.
    pub application: String,
    /// The repository, path and revision, where the cluster holds the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// The mark of an object; `live` is asked for the application's own object.
pub fn tracked(object: &Object, live: &Inventory) -> Option<Tracked> {
    argo(object, live)
        .or_else(|| flux(object, live))
        .or_else(|| helm(object))
}

fn argo(object: &Object, live: &Inventory) -> Option<Tracked> {
    // `APPLICATION:GROUP/KIND:NAMESPACE/NAME`; the application may carry its namespace before an underscore.
    let application = match object.annotation("argocd.argoproj.io/tracking-id") {
        Some(id) => id.split(':').next()?.to_owned(),
        None => object.label("argocd.argoproj.io/instance")?.to_owned(),
    };
    let name = application.rsplit('_').next()?.to_owned();
    let revision = owner_object(live, "argoproj.io", "Application", &name).map(|application| {
        let text = |path: &str| {
            use catseye_model::Fields as _;
            application.value().text(path).unwrap_or("?").to_owned()
        };
        format!(
            "{} {} at {}",
            text("spec.source.repoURL"),
            text("spec.source.path"),
            text("status.sync.revision")
        )
    });
    Some(Tracked {
        tool: "Argo CD",
        application,
        revision,
    })
}

fn flux(object: &Object, live: &Inventory) -> Option<Tracked> {
    for (prefix, group, kind) in [
        (
            "kustomize.toolkit.fluxcd.io",
            "kustomize.toolkit.fluxcd.io",
            "Kustomization",
        ),
        (
            "helm.toolkit.fluxcd.io",
            "helm.toolkit.fluxcd.io",
            "HelmRelease",
        ),
    ] {
        let Some(name) = object.label(&format!("{prefix}/name")) else {
            continue;
        };
        let namespace = object
            .label(&format!("{prefix}/namespace"))
            .unwrap_or_default();
        let revision = owner_object(live, group, kind, name).and_then(|owner| {
            use catseye_model::Fields as _;
            owner
                .value()
                .text("status.lastAppliedRevision")
                .map(str::to_owned)
        });
        return Some(Tracked {
            tool: "Flux",
            application: format!("{namespace}/{name}"),
            revision,
        });
    }
    None
}

fn helm(object: &Object) -> Option<Tracked> {
    let name = object.annotation("meta.helm.sh/release-name")?;
    let namespace = object
        .annotation("meta.helm.sh/release-namespace")
        .unwrap_or_default();
    Some(Tracked {
        tool: "Helm",
        application: format!("{namespace}/{name}"),
        revision: None,
    })
}

fn owner_object<'i>(
    live: &'i Inventory,
    group: &str,
    kind: &str,
    name: &str,
) -> Option<&'i Object> {
    live.objects().map(|(_, object)| object).find(|object| {
        object.group() == group && object.kind_name() == kind && object.name() == name
    })
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    #[test]
    fn marks_lead_to_the_repository_and_revision() {
        let object = |value| Object::new(value, None).unwrap();
        let live = Inventory::new(
            vec![object(
                json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
                "metadata": {"name": "web", "namespace": "argocd"},
                "spec": {"source": {"repoURL": "https://git.example.com/shop", "path": "web"}},
                "status": {"sync": {"revision": "abc123"}}}),
            )],
            Completeness::Cluster,
        );
        let web = object(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web",
            "annotations": {"argocd.argoproj.io/tracking-id": "web:apps/Deployment:shop/web"}}}),
        );
        let tracked = tracked(&web, &live).unwrap();
        assert_eq!(tracked.tool, "Argo CD");
        assert_eq!(
            tracked.revision.as_deref(),
            Some("https://git.example.com/shop web at abc123")
        );
    }
}
