//! A tag that the registry is not asked about.

use catseye_model::{ImageReference, PodView, Severity};

use super::pull_policy::{PullPolicy, is_moving};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A node runs what it has cached under a tag
    ///
    /// Without `imagePullPolicy: Always` (or the admission plugin AlwaysPullImages) a node that holds
    /// an image of that name does not ask the registry: whoever got an image onto the node, or moved
    /// the tag once, decides what runs, and a pod without pull credentials uses a private image that
    /// another pod fetched. Images pinned by digest are passed over, since their content is fixed; that
    /// others are not pinned is weighed by IMG-002, where the team does not exempt them.
    ///
    /// **Fix:** Pin the image by digest, or:
    /// ```yaml
    /// imagePullPolicy: Always
    /// ```
    "IMG-105" {
        severity: Low,
        rows: ["G05"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: defaulted, image: 'nginx:1.27'}
  - {name: chosen, image: 'nginx:1.27', imagePullPolicy: Never}
",
            r#"
# config: images.digest-exempt = ["internal"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: exempt, image: 'internal/app:1'}
"#,
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: always, image: 'nginx:1.27', imagePullPolicy: Always}
  - {name: always-by-default, image: nginx}
  - {name: digest, image: 'nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
  - {name: moving-is-another-check, image: 'nginx:stable', imagePullPolicy: IfNotPresent}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let Some(Ok(image)) = container.image.map(ImageReference::parse) else {
            continue;
        };
        let Some(tag) = image.effective_tag().filter(|tag| !is_moving(tag)) else {
            continue;
        };
        let policy = PullPolicy::of(container, &image);
        if policy != PullPolicy::Always {
            let exempt = &context.config.images.digest_exempt;
            let severity = if exempt.iter().any(|place| image.is_in(place)) {
                Severity::Low
            } else {
                Severity::Info
            };
            found.in_container_severity(
                severity,
                container,
                "imagePullPolicy",
                format!("tag {tag} is taken from the node's cache: pull policy {policy}"),
            );
        }
    }
}
