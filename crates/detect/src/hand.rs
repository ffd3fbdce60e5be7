//! Changes by hand: who manages the object, and what of a change a delivery would have set. A ticket on a
//! Deployment, or its restart, is none of it.

use catseye_event::Event;
use catseye_model::{Fields as _, Value};

/// What says which object it is, and how it fares.
const BESIDE: [&str; 4] = ["metadata", "status", "kind", "apiVersion"];

/// True for a change of what a repository holds, as far as the event shows; one without a body may be anything.
pub(crate) fn touches_what_is_delivered(event: &Event<'_>) -> bool {
    if event.request_uri().contains("dryRun=") {
        return false;
    }
    let Some(sent) = event.request_object() else {
        return true;
    };
    if event.verb() != "patch" {
        return true;
    }
    let Some(fields) = sent.as_object() else {
        return true;
    };
    let mut fields = fields.keys();
    fields.any(|field| !BESIDE.contains(&field.as_str())) && !is_restart(sent)
}

/// True when the object, as it was answered, says that somebody keeps comparing it with a repository.
pub(crate) fn is_kept(event: &Event<'_>) -> bool {
    let managed = event.response_body().and_then(manager_of);
    managed.is_some_and(|manager| manager.compares)
}

/// What keeps an object as a repository has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manager {
    pub(crate) name: &'static str,
    /// Whether it compares all the time, and not only when somebody installs.
    pub(crate) compares: bool,
}

const ARGO_CD: Manager = Manager {
    name: "Argo CD",
    compares: true,
};
const FLUX: Manager = Manager {
    name: "Flux",
    compares: true,
};
const HELM: Manager = Manager {
    name: "Helm",
    compares: false,
};

/// Who manages an object, told by its labels and annotations and by the field managers that the API server keeps.
pub(crate) fn manager_of(object: &Value) -> Option<Manager> {
    let annotation = |key: &str| object.entry("metadata.annotations", key).is_some();
    let label = |key: &str| object.entry("metadata.labels", key);
    let managed_by = label("app.kubernetes.io/managed-by").unwrap_or_default();
    let has_fields_of = |names: &[&str]| {
        let mut entries = object.list("metadata.managedFields").iter();
        entries.any(|entry| {
            let manager = entry.text("manager").unwrap_or_default();
            names.contains(&manager)
        })
    };
    if annotation("argocd.argoproj.io/tracking-id")
        || label("argocd.argoproj.io/instance").is_some()
        || managed_by == "argocd"
        || has_fields_of(&["argocd-controller", "argocd-application-controller"])
    {
        Some(ARGO_CD)
    } else if label("kustomize.toolkit.fluxcd.io/name").is_some()
        || label("helm.toolkit.fluxcd.io/name").is_some()
        || managed_by == "flux"
        || has_fields_of(&["kustomize-controller", "helm-controller"])
    {
        Some(FLUX)
    } else if annotation("meta.helm.sh/release-name") || managed_by == "Helm" {
        Some(HELM)
    } else {
        None
    }
}

/// `kubectl rollout restart` writes the time into the template, and nothing else.
fn is_restart(sent: &Value) -> bool {
    let only = |at: &str, key: &str| {
        let fields = sent.at(at).as_object();
        fields.is_some_and(|fields| fields.keys().all(|field| field.as_str() == key))
    };
    let annotations = "spec.template.metadata.annotations";
    only("spec", "template")
        && only("spec.template", "metadata")
        && only("spec.template.metadata", "annotations")
        && only(annotations, "kubectl.kubernetes.io/restartedAt")
}

#[cfg(test)]
mod tests {
    use catseye_model::RedactionKey;

    use super::*;

    #[test]
    fn tickets_and_restarts_are_not_what_is_delivered() {
        let key = RedactionKey::new([0; 32]);
        for (verb, body, expected) in [
            ("patch", r#"{"spec": {"replicas": 3}}"#, true),
            (
                "patch",
                r#"[{"op": "add", "path": "/rules/-", "value": {}}]"#,
                true,
            ),
            (
                "patch",
                r#"{"metadata": {"annotations": {"ticket": "OPS-1"}}}"#,
                false,
            ),
            (
                "patch",
                r#"[{"op": "add", "path": "/metadata/labels/a", "value": "b"}]"#,
                false,
            ),
            (
                "patch",
                r#"{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "t"}}}}}"#,
                false,
            ),
            ("delete", "null", true),
            ("create", r#"{"metadata": {"name": "a"}}"#, true),
        ] {
            let text = format!(
                r#"{{"kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "{verb}", "auditID": "a",
                    "objectRef": {{"resource": "deployments", "name": "web"}}, "requestObject": {body}}}"#
            );
            let event = Event::parse(&text, &key).unwrap().unwrap();
            assert_eq!(touches_what_is_delivered(&event), expected, "{verb} {body}");
        }
    }
}
