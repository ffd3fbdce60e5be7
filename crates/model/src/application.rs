//! Which application an object belongs to.

use crate::inventory::{Inventory, ObjectId};
use crate::object::Object;

/// An application's name and the evidence for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Application<'a> {
    /// The name.
    pub name: &'a str,
    /// The label or annotation that says so; `None` when the workload stands for itself.
    pub evidence: Option<&'static str>,
}

/// Labels and annotations that name an application, strongest first.
const EVIDENCE: [&str; 6] = [
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/instance",
    "meta.helm.sh/release-name",
    "argocd.argoproj.io/instance",
    "kustomize.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/name",
];

impl<'a> Application<'a> {
    /// The application of an object: by label or annotation of the object or its top owner, else the
    /// top owner itself.
    pub fn of(inventory: &'a Inventory, id: ObjectId) -> Self {
        let object = inventory.object(id);
        let top = inventory.object(inventory.top_owner(id));
        named_by(object)
            .or_else(|| named_by(top))
            .unwrap_or(Application {
                name: top.name(),
                evidence: None,
            })
    }
}

fn named_by(object: &Object) -> Option<Application<'_>> {
    // Argo CD's annotation holds `NAME:GROUP/KIND:NAMESPACE/NAME`.
    let tracked = || {
        let id = object.annotation("argocd.argoproj.io/tracking-id")?;
        let name = id.split(':').next().filter(|name| !name.is_empty())?;
        Some(Application {
            name,
            evidence: Some("argocd.argoproj.io/tracking-id"),
        })
    };
    EVIDENCE
        .into_iter()
        .find_map(|key| {
            let name = object.label(key).or_else(|| object.annotation(key))?;
            (!name.is_empty()).then_some(Application {
                name,
                evidence: Some(key),
            })
        })
        .or_else(tracked)
}

/// Labels and annotations that name who answers for an object, strongest first.
const OWNERS: [&str; 6] = [
    "catseye.dev/owner",
    "app.kubernetes.io/owner",
    "owner",
    "team",
    "app.kubernetes.io/team",
    "backstage.io/owner",
];

/// The person or team that an object's labels or annotations name.
pub fn owner_named_by(object: &Object) -> Option<&str> {
    OWNERS
        .into_iter()
        .find_map(|key| object.label(key).or_else(|| object.annotation(key)))
        .filter(|owner| !owner.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::json;

    use crate::Value;

    use super::*;
    use crate::inventory::Completeness;

    fn application(metadata: &Value) -> (String, Option<&'static str>) {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata});
        let object = Object::new(object, None).unwrap();
        let inventory = Inventory::new(vec![object], Completeness::Tree);
        let application = Application::of(&inventory, ObjectId(0));
        (application.name.to_owned(), application.evidence)
    }

    #[test]
    fn the_strongest_evidence_names_the_application() {
        let labels = json!({"name": "cart", "labels": {
            "app.kubernetes.io/instance": "cart-eu", "app.kubernetes.io/part-of": "shop"}});
        assert_eq!(
            application(&labels),
            ("shop".into(), Some("app.kubernetes.io/part-of"))
        );
        let tracked = json!({"name": "cart", "annotations": {
            "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:ns/cart"}});
        assert_eq!(application(&tracked).0, "shop");
        assert_eq!(application(&json!({"name": "cart"})), ("cart".into(), None));
    }
}
