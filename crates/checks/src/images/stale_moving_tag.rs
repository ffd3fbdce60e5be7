//! A moving tag that is not pulled anew.

use catseye_model::{ImageReference, PodView, Severity};

use super::pull_policy::{PullPolicy, is_moving};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image with a moving tag is not pulled anew
    ///
    /// The tag names no version (`latest`, `stable`, `alpine`), yet a node that once had an image of
    /// that name keeps running it. Replicas differ by the age of their nodes, and a mended image never
    /// reaches the nodes that hold the flawed one. The tag `latest` itself is weighed by IMG-001 and only
    /// noted here.
    ///
    /// **Fix:** Name a version or a digest; where the tag must move, pull it each time:
    /// ```yaml
    /// imagePullPolicy: Always
    /// ```
    "IMG-005" {
        severity: Medium,
        rows: ["G05"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: never, image: 'busybox:latest', imagePullPolicy: Never}
  containers:
  - {name: cached, image: nginx, imagePullPolicy: IfNotPresent}
  - {name: defaulted, image: 'nginx:alpine'}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: always-by-default, image: nginx}
  - {name: also, image: 'nginx:latest'}
  - {name: always, image: 'nginx:alpine', imagePullPolicy: Always}
  - {name: version, image: 'nginx:1.27', imagePullPolicy: IfNotPresent}
  - {name: digest, image: 'nginx:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', imagePullPolicy: IfNotPresent}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for container in &pod.containers {
        let Some(Ok(image)) = container.image.map(ImageReference::parse) else {
            continue;
        };
        let Some(tag) = image.effective_tag().filter(|tag| is_moving(tag)) else {
            continue;
        };
        let policy = PullPolicy::of(container, &image);
        if policy != PullPolicy::Always {
            let severity = if tag == "latest" {
                Severity::Info
            } else {
                Severity::Medium
            };
            found.in_container_severity(
                severity,
                container,
                "imagePullPolicy",
                format!("tag {tag} moves, but the pull policy is {policy}"),
            );
        }
    }
}
