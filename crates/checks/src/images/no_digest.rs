//! Images without digest.

use catseye_model::{ImageReference, PodView, Severity, image};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image is not pinned by digest
    ///
    /// A tag can be moved: whoever can push to the repository, or sits on the way to it, replaces what
    /// runs under the same name, and a node that pulls anew runs it. A digest names one content for
    /// ever, and the runtime verifies it.
    ///
    /// Repositories listed in `images.digest-exempt` are passed over; an image that means `latest` is
    /// weighed by IMG-001 and only noted here.
    ///
    /// **Fix:** Add the digest to the tag; tools such as Renovate keep both up to date:
    /// ```yaml
    /// image: registry.example.com/shop/cart:1.4.2@sha256:…
    /// ```
    "IMG-002" {
        severity: Low,
        rows: ["G02"],
        fails: [
            r"
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  template:
    spec:
      initContainers:
      - {name: tag, image: 'busybox:1.36'}
      - {name: latest, image: busybox}
      containers:
      - {name: short, image: 'nginx@sha256:abc'}
",
            r#"
# config: images.digest-exempt = ["internal"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: 'internal-evil/app:1'}
  volumes:
  - {name: model, image: {reference: 'registry.example.com/model:1'}}
"#,
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: pinned, image: 'nginx:1.27@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
  - {name: template, image: '$(IMAGE):1'}
",
            r#"
# config: images.digest-exempt = ["internal", "registry.example.com/base"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: app, image: 'internal/app:1'}
  - {name: base, image: 'registry.example.com/base/app:1'}
"#,
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    for used in pod.images() {
        let text = used.text;
        let message = match ImageReference::parse(text) {
            Ok(image) if image.digest().is_some() => continue,
            Ok(image) => {
                let exempt = &context.config.images.digest_exempt;
                if exempt.iter().any(|place| image.is_in(place)) {
                    continue;
                }
                let severity = if image.effective_tag() == Some("latest") {
                    Severity::Info
                } else {
                    Severity::Low
                };
                let message = format!("{text} has no digest");
                found.at_image_severity(severity, &used, message);
                continue;
            }
            Err(_) if image::is_placeholder(text) => {
                found.unknown("an image is filled in by a tool before it is applied");
                continue;
            }
            Err(err) => format!("{text} is no image: {err}"),
        };
        found.at_image(&used, message);
    }
}
