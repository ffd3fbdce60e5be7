//! Images from registries that are no longer kept.

use catseye_model::{ImageReference, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image comes from a registry that is no longer kept
    ///
    /// The old registries of Kubernetes are frozen: no mended version ever appears there
    /// (<https://kubernetes.io/blog/2023/03/10/image-registry-redirect/>), and the hosts behind them
    /// go away. Pods then run old flaws, until one day the image cannot be pulled and they do not run.
    ///
    /// **Fix:** Pull from `registry.k8s.io`, and from `ghcr.io` what was at GitHub's package registry:
    /// ```yaml
    /// image: registry.k8s.io/pause:3.10
    /// ```
    "IMG-004" {
        severity: Low,
        rows: ["G04"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: older, image: 'gcr.io/google_containers/busybox:1.24'}
  containers:
  - {name: old, image: 'k8s.gcr.io/pause:3.6'}
  volumes:
  - {name: data, image: {reference: 'k8s.gcr.io/data:1'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: new, image: 'registry.k8s.io/pause:3.10'}
  - {name: mirror, image: 'registry.example.com/k8s.gcr.io/pause:3.6'}
  - {name: look-alike, image: 'k8s.gcr.io.example.com/pause:3.6'}
  - {name: google, image: 'gcr.io/google-samples/hello-app:1.0'}
",
        ],
        run: Pods(run),
    }
}

/// Places that are frozen, and where their images live now.
const RETIRED: [(&str, &str); 7] = [
    ("k8s.gcr.io", "registry.k8s.io"),
    ("gcr.io/google-containers", "registry.k8s.io"),
    ("gcr.io/google_containers", "registry.k8s.io"),
    ("us.gcr.io/k8s-artifacts-prod", "registry.k8s.io"),
    ("eu.gcr.io/k8s-artifacts-prod", "registry.k8s.io"),
    ("asia.gcr.io/k8s-artifacts-prod", "registry.k8s.io"),
    ("docker.pkg.github.com", "ghcr.io"),
];

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for used in pod.images() {
        let Ok(image) = ImageReference::parse(used.text) else {
            continue;
        };
        if let Some((old, new)) = RETIRED.iter().find(|(old, _)| image.is_in(old)) {
            found.at_image(&used, format!("{old} gave way to {new}"));
        }
    }
}
