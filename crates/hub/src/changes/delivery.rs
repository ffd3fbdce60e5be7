//! Work by hand where a delivery tool works: what Git does not know of.

use catseye_model::{Fields, Inventory, Kind, Object, PodView, Severity};

use super::edit::Edit;
use super::{Saying, Surroundings};
use crate::inbox::{Clue, Source};
use crate::live::ObjectChange;

/// How delivery tools sign what they apply.
const TOOLS: [&str; 7] = [
    "argocd",
    "argo-cd",
    "helm",
    "kustomize-controller",
    "helm-controller",
    "flux",
    "fleet-agent",
];

pub(super) fn clue(change: &ObjectChange, around: &Surroundings<'_>) -> Option<Clue> {
    let author = around.author.filter(|author| author.is_human)?;
    let kind = change.key.known_kind();
    if matches!(kind, Kind::Node | Kind::Event | Kind::Lease | Kind::Other) {
        return None;
    }
    let object = change.after.as_ref().or(change.before.as_ref())?;
    let tool = managed_by(object);
    let helm = kind == Kind::Secret && object.value().text("type") == Some("helm.sh/release.v1");
    let namespace_tool = || tool_of_namespace(around.before, &change.key.namespace);
    // A chart that was installed by hand is known by its release alone.
    let by = tool
        .or_else(namespace_tool)
        .filter(|_| kind != Kind::Secret || helm)?;
    let key = &change.key;
    let (id, title, sentence, severity, fields, role) = match (&change.before, &change.after) {
        (None, Some(_)) if helm => (
            "CHG-003",
            "Chart installed by hand",
            format!(
                "installed a chart by hand in {}: {}",
                key.namespace,
                release(&key.name)
            ),
            Severity::Medium,
            Vec::new(),
            "created",
        ),
        (None, Some(after)) => {
            let runs = images(after);
            let runs = if runs.is_empty() {
                runs
            } else {
                format!(" that runs {runs}")
            };
            let severity = match kind {
                Kind::RoleBinding
                | Kind::ClusterRoleBinding
                | Kind::Role
                | Kind::ClusterRole
                | Kind::MutatingWebhookConfiguration
                | Kind::ValidatingWebhookConfiguration => Severity::Medium,
                kind if kind.is_workload() => Severity::Medium,
                _ => Severity::Low,
            };
            (
                "CHG-001",
                "Created outside delivery",
                format!("created {key} by hand{runs}, where {by} delivers"),
                severity,
                Vec::new(),
                "created",
            )
        }
        (Some(before), None) => {
            let severity = match kind {
                Kind::NetworkPolicy
                | Kind::ValidatingWebhookConfiguration
                | Kind::Deployment
                | Kind::StatefulSet
                | Kind::DaemonSet
                | Kind::ConfigMap => Severity::Medium,
                _ => Severity::Low,
            };
            let of = around
                .before
                .id_of(before)
                .map(|id| around.before.representative(id))
                .filter(|id| !std::ptr::eq(around.before.object(*id), &raw const **before))
                .map(|id| format!(" of {}", around.before.object(id)))
                .filter(|_| kind == Kind::Pod)
                .unwrap_or_default();
            (
                "CHG-004",
                "Deleted by hand",
                format!("deleted {key}{of} by hand, which {by} delivers"),
                severity,
                Vec::new(),
                "deleted",
            )
        }
        (Some(before), Some(after)) => {
            let edit = Edit::between(before, after);
            if edit.words.is_empty() {
                return None;
            }
            (
                "CHG-002",
                "Changed by hand",
                format!(
                    "changed {key} by hand, which {by} delivers: {}",
                    edit.words.join(", ")
                ),
                edit.severity,
                edit.fields,
                "changed",
            )
        }
        (None, None) => return None,
    };
    let saying = Saying {
        source: Source::Delivery,
        id,
        title,
        sentence,
        severity,
        fields,
        advice: format!(
            "Ask {} what it was for; take it into what {by} delivers, or undo it: the next delivery may \
             overwrite it, or never know of it.",
            author.actor.name
        ),
        role,
        to_validate: false,
    };
    Some(saying.clue(change, around))
}

fn release(secret: &str) -> &str {
    let name = secret.strip_prefix("sh.helm.release.v1.").unwrap_or(secret);
    name.rsplit_once(".v").map_or(name, |(name, _)| name)
}

fn images(object: &Object) -> String {
    let Some(pod) = PodView::of(object) else {
        return String::new();
    };
    let images: Vec<&str> = pod.containers.iter().filter_map(|it| it.image).collect();
    images.join(", ")
}

/// The delivery tool that says that it manages an object.
pub(super) fn managed_by(object: &Object) -> Option<String> {
    for (key, tool) in [
        ("argocd.argoproj.io/tracking-id", "Argo CD"),
        ("argocd.argoproj.io/instance", "Argo CD"),
        ("kustomize.toolkit.fluxcd.io/name", "Flux"),
        ("helm.toolkit.fluxcd.io/name", "Flux"),
        ("meta.helm.sh/release-name", "Helm"),
    ] {
        if object
            .label(key)
            .or_else(|| object.annotation(key))
            .is_some()
        {
            return Some(tool.to_owned());
        }
    }
    let managers = object.value().list("metadata.managedFields");
    let manager = managers
        .iter()
        .filter_map(|entry| entry.text("manager"))
        .find(|manager| TOOLS.iter().any(|tool| manager.starts_with(tool)))?;
    Some(if manager.starts_with("argo") {
        "Argo CD".to_owned()
    } else {
        manager.to_owned()
    })
}

/// The delivery tool that manages workloads of a namespace.
fn tool_of_namespace(inventory: &Inventory, namespace: &str) -> Option<String> {
    if namespace.is_empty() {
        return None;
    }
    [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet]
        .into_iter()
        .flat_map(|kind| inventory.in_namespace(kind, namespace))
        .find_map(|(_, object)| managed_by(object))
}
