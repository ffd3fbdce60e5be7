//! The tag `latest`, or none.

use catseye_model::{ImageReference, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image has no tag, or the tag latest
    ///
    /// `latest`, which an image without tag means, is whatever was pushed last. Two replicas may run
    /// different programs, a restart may bring a version that nobody tested, and there is no telling
    /// afterwards which code ran. Whoever can push to the repository reaches every workload at once.
    ///
    /// **Fix:** Name the version, and better the digest with it:
    /// ```yaml
    /// image: registry.example.com/shop/cart:1.4.2@sha256:…
    /// ```
    "IMG-001" {
        severity: Medium,
        rows: ["G01"],
        fails: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: no-tag, image: 'registry.example.com:5000/app'}
  containers:
  - {name: latest, image: 'nginx:latest'}
  volumes:
  - {name: model, image: {reference: 'registry.example.com/model'}}
",
        ],
        passes: [
            r"
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: version, image: 'registry.example.com:5000/app:1'}
  - {name: digest, image: 'nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
  - {name: both, image: 'nginx:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}
  - {name: template, image: '{{ .Values.image }}'}
  - {name: patch-without-image}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, _: &Context<'_>, found: &mut Findings) {
    for used in pod.images() {
        let text = used.text;
        // A malformed image is never pulled; the check of digests names it.
        let Ok(image) = ImageReference::parse(text) else {
            continue;
        };
        if image.effective_tag() == Some("latest") {
            let message = match image.tag() {
                Some(_) => format!("{text} is whatever was pushed last"),
                None => format!("{text} has no tag and means latest"),
            };
            found.at_image(&used, message);
        }
    }
}
