//! Telling the ingress-nginx controller of the Kubernetes project by its image.

use catseye_model::{Container, Fields, Inventory, Kind, PodView};

use super::image::{self, Release};

/// The release that no longer gets fixes is any: the project was retired in March 2026.
pub(super) const RETIRED: &str = "March 2026";

/// The first releases without the flaws known when the project was retired (CVE-2026-4342,
/// <https://github.com/kubernetes/kubernetes/issues/137893>), newest first; as of 2026-11.
pub(super) const FIXED: &[Release] = &[Release(1, 15, 1), Release(1, 14, 5), Release(1, 13, 9)];

/// The first releases that strangers in the pod network cannot take over without a login
/// (CVE-2025-1974, <https://github.com/kubernetes/kubernetes/issues/131009>), newest first.
pub(super) const WITHOUT_NIGHTMARE: &[Release] = &[Release(1, 12, 1), Release(1, 11, 5)];

/// A controller among the containers of a workload.
pub(super) struct NginxController<'a, 'p> {
    /// Its container.
    pub(super) container: &'p Container<'a>,
    /// Its release, where the tag tells.
    pub(super) release: Option<Release>,
}

/// The controller in a pod.
pub(super) fn controller<'a, 'p>(pod: &'p PodView<'a>) -> Option<NginxController<'a, 'p>> {
    pod.main_containers().find_map(|container| {
        let image = container.image?;
        is_controller(image::repository(image)).then(|| NginxController {
            container,
            release: image::release(image),
        })
    })
}

fn is_controller(repository: &str) -> bool {
    const NAMES: &[&str] = &[
        "ingress-nginx/controller",
        "ingress-nginx/controller-chroot",
        "nginx-ingress-controller",
        "nginx-ingress-controller-amd64",
        "nginx-ingress-controller-arm64",
        "mirrored-ingress-nginx-controller",
        "ingress-nginx-controller",
    ];
    NAMES.iter().any(|name| {
        repository
            .strip_suffix(name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('/') || rest.ends_with('-'))
    })
}

/// True when the release is older than the first fixed one of its line.
pub(super) fn lacks_fix(release: Release, fixed: &[Release]) -> bool {
    match fixed.iter().find(|first| first.minor() == release.minor()) {
        Some(first) => release < *first,
        None => fixed.first().is_some_and(|newest| release < *newest),
    }
}

/// What the controller's ConfigMap says of snippets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Snippets {
    /// They are allowed.
    Allowed,
    /// They are refused.
    Refused,
    /// The ConfigMap does not say; the release decides.
    Default,
    /// The ConfigMap is not among the objects.
    NotVisible,
}

/// What the controller's ConfigMap, which `--configmap` names, says of snippets.
pub(super) fn snippets(inventory: &Inventory, pod: &PodView<'_>, at: &Container<'_>) -> Snippets {
    let named = at.words().find_map(|(_, word)| {
        let reference = word.strip_prefix("--configmap=")?;
        let (namespace, name) = reference.split_once('/')?;
        // `$(POD_NAMESPACE)` is filled in by the kubelet.
        let namespace = if namespace.starts_with("$(") {
            pod.object.namespace()
        } else {
            namespace
        };
        Some((namespace, name))
    });
    let namespace = pod.object.namespace();
    let config = match named {
        Some((namespace, name)) => inventory.find(Kind::ConfigMap, namespace, name),
        None => ["ingress-nginx-controller", "nginx-configuration"]
            .iter()
            .find_map(|name| inventory.find(Kind::ConfigMap, namespace, name)),
    };
    match config {
        None => Snippets::NotVisible,
        Some(config) => match config.value().entry("data", "allow-snippet-annotations") {
            Some("true") => Snippets::Allowed,
            Some(_) => Snippets::Refused,
            None => Snippets::Default,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_fix() {
        for (release, lacks) in [
            (Release(1, 15, 1), false),
            (Release(1, 15, 0), true),
            (Release(1, 14, 5), false),
            (Release(1, 13, 8), true),
            (Release(1, 12, 9), true),
            (Release(0, 49, 0), true),
            (Release(1, 16, 0), false),
        ] {
            assert_eq!(lacks_fix(release, FIXED), lacks, "{release}");
        }
        assert!(!lacks_fix(Release(1, 11, 5), WITHOUT_NIGHTMARE));
        assert!(lacks_fix(Release(1, 10, 6), WITHOUT_NIGHTMARE));
    }

    #[test]
    fn images_of_the_controller() {
        assert!(is_controller("registry.k8s.io/ingress-nginx/controller"));
        assert!(is_controller("bitnami/nginx-ingress-controller"));
        assert!(is_controller("rancher/nginx-ingress-controller"));
        assert!(!is_controller("nginx/nginx-ingress"));
        assert!(!is_controller("ingress-nginx/kube-webhook-certgen"));
    }
}
