//! Whether the pods of a workload are part of a mesh, by the labels that the injectors read.
//!
//! <https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy>,
//! <https://istio.io/latest/docs/ambient/usage/add-workloads/>, <https://linkerd.io/2/features/proxy-injection/>

use catseye_model::{Completeness, Fields, Inventory, Kind, Object, PodView};

/// Whether pods are part of a mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// They are.
    Inside,
    /// They are not.
    Outside,
    /// What decides is not visible.
    Unknown,
}

/// Istio: a sidecar, or the ambient data plane.
pub(crate) fn in_istio(inventory: &Inventory, pod: &PodView<'_>) -> Membership {
    if has_container(pod, "istio-proxy") {
        return Membership::Inside;
    }
    if pod.host_network() {
        return Membership::Outside;
    }
    // The label wins over the annotation of the same name, which is from before it.
    let asked = pod
        .label("sidecar.istio.io/inject")
        .or_else(|| pod.annotation("sidecar.istio.io/inject"));
    match (asked, pod.label("istio.io/dataplane-mode")) {
        (Some("true"), _) | (_, Some("ambient")) => return Membership::Inside,
        _ => {}
    }
    let refuses_sidecar = asked == Some("false");
    let refuses_ambient = pod.label("istio.io/dataplane-mode") == Some("none");
    if refuses_sidecar && refuses_ambient {
        return Membership::Outside;
    }
    let names_revision = !refuses_sidecar && pod.label("istio.io/rev").is_some();
    let Some(namespace) = inventory.find(Kind::Namespace, "", pod.object.namespace()) else {
        return if names_revision {
            Membership::Inside
        } else if refuses_sidecar {
            // Only an ambient namespace would still take it in.
            Membership::Outside
        } else {
            Membership::Unknown
        };
    };
    let sidecars = injects(namespace) || (names_revision && !refuses_injection(namespace));
    if (sidecars && !refuses_sidecar) || (is_ambient(namespace) && !refuses_ambient) {
        return Membership::Inside;
    }
    // A manifest may leave out labels that were put on the namespace by hand.
    if refuses_sidecar
        || refuses_injection(namespace)
        || inventory.completeness() == Completeness::Cluster
    {
        Membership::Outside
    } else {
        Membership::Unknown
    }
}

/// Linkerd.
pub(crate) fn in_linkerd(inventory: &Inventory, pod: &PodView<'_>) -> Membership {
    const INJECT: &str = "linkerd.io/inject";
    if has_container(pod, "linkerd-proxy") {
        return Membership::Inside;
    }
    if pod.host_network() {
        return Membership::Outside;
    }
    let namespace = inventory.find(Kind::Namespace, "", pod.object.namespace());
    let asked = pod
        .annotation(INJECT)
        .or_else(|| namespace?.annotation(INJECT));
    match (asked, namespace) {
        (Some("enabled" | "ingress"), _) => Membership::Inside,
        (Some(_), _) => Membership::Outside,
        (None, Some(_)) if inventory.completeness() == Completeness::Cluster => Membership::Outside,
        (None, _) => Membership::Unknown,
    }
}

/// True for a namespace whose pods get sidecars, or are in the ambient mesh.
pub(crate) fn takes_in(namespace: &Object) -> bool {
    injects(namespace) || is_ambient(namespace)
}

/// `istio-injection: enabled` or a revision.
pub(crate) fn injects(namespace: &Object) -> bool {
    match namespace.label("istio-injection") {
        Some(value) => value == "enabled",
        None => namespace.label("istio.io/rev").is_some(),
    }
}

/// `istio-injection: disabled`.
pub(crate) fn refuses_injection(namespace: &Object) -> bool {
    namespace.label("istio-injection") == Some("disabled")
}

fn is_ambient(namespace: &Object) -> bool {
    namespace.label("istio.io/dataplane-mode") == Some("ambient")
}

/// True for a gateway of the mesh itself: a proxy and nothing else.
pub(crate) fn is_gateway(pod: &PodView<'_>) -> bool {
    let injected = pod
        .annotation("inject.istio.io/templates")
        .is_some_and(|templates| templates.contains("gateway"));
    let mut main = pod.main_containers().peekable();
    injected || (main.peek().is_some() && main.all(|container| container.name == "istio-proxy"))
}

fn has_container(pod: &PodView<'_>, name: &str) -> bool {
    pod.long_running_containers()
        .any(|container| container.name == name && !container.value.at("image").is_null())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::inventory;

    #[test]
    fn pod_labels_win_over_the_namespace() {
        use Membership::{Inside, Outside, Unknown};
        for (namespace, pod, expected) in [
            ("istio-injection: enabled", "", Inside),
            (
                "istio-injection: enabled",
                "sidecar.istio.io/inject: 'false'",
                Outside,
            ),
            ("istio-injection: disabled", "", Outside),
            (
                "istio-injection: disabled",
                "sidecar.istio.io/inject: 'true'",
                Inside,
            ),
            ("istio.io/rev: stable", "", Inside),
            ("istio-injection: disabled, istio.io/rev: a", "", Outside),
            ("istio.io/dataplane-mode: ambient", "", Inside),
            (
                "istio.io/dataplane-mode: ambient",
                "istio.io/dataplane-mode: none",
                Unknown,
            ),
            ("team: a", "istio.io/rev: canary", Inside),
            ("team: a", "", Unknown),
        ] {
            let text = format!(
                "apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{{namespace}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: a, namespace: shop, labels: {{{pod}}}}}
spec: {{containers: []}}"
            );
            let inventory = inventory(&text);
            let (_, object) = inventory.of_kind(Kind::Pod).next().unwrap();
            let pod_view = PodView::of(object).unwrap();
            assert_eq!(
                in_istio(&inventory, &pod_view),
                expected,
                "{namespace} {pod}"
            );
        }
    }
}
