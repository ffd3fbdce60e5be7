//! What the last client-side `kubectl apply` sent: the object keeps it in an annotation.

use catseye_model::{Fields as _, Inventory, Object, ObjectKey, Value};

use super::{DesiredState, Source};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The annotations that say nothing about what is desired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lost {
    /// Objects whose annotation is no object.
    pub unreadable: Vec<ObjectKey>,
    /// Objects whose annotation is about another object. `kubectl apply` never writes such a one.
    pub foreign: Vec<ObjectKey>,
}

/// Adds what the objects themselves say was last applied; answers what could not be taken.
///
/// Whoever may write an object may write its annotation too, so this is the weakest desired state. It
/// speaks of the object that carries it and of no other: who may write one `ConfigMap` must not say what
/// is desired of a `Deployment`.
pub fn read(live: &Inventory, into: &mut DesiredState) -> Lost {
    let mut lost = Lost::default();
    for (_, object) in live.objects() {
        match of(object) {
            None => {}
            Some(Ok(applied)) => into.add(applied, Source::LastApplied),
            Some(Err(NotApplied::Unreadable)) => lost.unreadable.push(ObjectKey::of(object)),
            Some(Err(NotApplied::Foreign)) => lost.foreign.push(ObjectKey::of(object)),
        }
    }
    lost
}

/// Why an annotation says nothing about what is desired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotApplied {
    /// It is no object.
    #[error("the last-applied annotation cannot be read")]
    Unreadable,
    /// It is about another object.
    #[error("the last-applied annotation is about another object")]
    Foreign,
}

/// What an object says was last applied to it; none where it says nothing.
pub fn of(object: &Object) -> Option<Result<Object, NotApplied>> {
    let text = object.annotation(LAST_APPLIED)?;
    let own = ObjectKey::of(object);
    let applied = serde_json::from_str::<Value>(text)
        .ok()
        .and_then(|value| Object::new(in_namespace(value, object), None).ok());
    Some(match applied {
        None => Err(NotApplied::Unreadable),
        Some(applied) if ObjectKey::of(&applied) == own => Ok(applied),
        Some(_) => Err(NotApplied::Foreign),
    })
}

/// `kubectl apply -n` writes no namespace where the manifest has none.
fn in_namespace(mut applied: Value, object: &Object) -> Value {
    if let Some(namespace) = object.explicit_namespace()
        && !applied.has("metadata.namespace")
        && applied.at("metadata").is_object()
    {
        applied.update("metadata", |metadata| {
            metadata.set("namespace", namespace.into());
        });
    }
    applied
}

#[cfg(test)]
mod tests {
    use catseye_model::{Completeness, json};

    use super::*;

    /// What is desired where one live object, a `ConfigMap` or `Deployment`, carries this annotation.
    fn desired(kind: &str, annotation: &serde_json::Value) -> (Vec<String>, Lost) {
        let version = if kind == "Deployment" {
            "apps/v1"
        } else {
            "v1"
        };
        let live = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "shop",
            "annotations": {LAST_APPLIED: annotation.to_string()}}});
        let live = Object::new(live, None).unwrap();
        let mut state = DesiredState::default();
        let lost = read(
            &Inventory::new(vec![live], Completeness::Cluster),
            &mut state,
        );
        (state.iter().map(|(key, _)| key.to_string()).collect(), lost)
    }

    #[test]
    fn an_annotation_speaks_of_the_object_that_carries_it_only() {
        let deployment = |namespace: &str| {
            serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "web", "namespace": namespace}, "spec": {"replicas": 0}})
        };
        assert_eq!(
            desired("Deployment", &deployment("shop")).0,
            ["Deployment shop/web"]
        );
        for (kind, annotation) in [
            ("ConfigMap", deployment("shop")),
            ("Deployment", deployment("payments")),
            (
                "Deployment",
                serde_json::json!({"apiVersion": "example.com/v1", "kind": "Deployment",
                    "metadata": {"name": "web", "namespace": "shop"}}),
            ),
        ] {
            let (found, lost) = desired(kind, &annotation);
            assert_eq!(found, Vec::<String>::new(), "{kind} {annotation}");
            assert_eq!(lost.foreign.len(), 1);
        }
    }

    #[test]
    fn a_missing_namespace_is_the_one_of_the_object() {
        let written = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}});
        let (found, lost) = desired("ConfigMap", &written);
        assert_eq!(found, ["ConfigMap shop/web"]);
        assert_eq!(lost, Lost::default());
        let (found, lost) = desired("ConfigMap", &serde_json::json!("no object"));
        assert_eq!((found.len(), lost.unreadable.len()), (0, 1));
    }
}
