//! Images from forbidden registries.

use catseye_model::{ImageReference, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image comes from a registry that is forbidden
    ///
    /// The team forbids these registries (`images.blocked`), because anyone may publish there or
    /// because images from there proved harmful. Pods that run one run code nobody here vouches for.
    ///
    /// **Fix:** Use the image from an allowed registry, or copy it there after a scan.
    "IMG-103" {
        severity: High,
        rows: ["G03"],
        fails: [
            r#"
# config: images.blocked = ["docker.io", "quay.io/evil"]
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - {name: hub, image: nginx}
          - {name: path, image: 'quay.io/evil/app:1'}
"#,
            r#"
# config: images.blocked = ["nginx", "quay.io/evil"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: long, image: 'docker.io/library/nginx:1'}
  - {name: port, image: 'quay.io:443/evil/app:1'}
  volumes:
  - {name: data, image: {reference: 'quay.io/evil/data:1'}}
"#,
        ],
        passes: [
            r#"
# config: images.blocked = ["docker.io", "quay.io/evil"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: host-continues, image: 'docker.io.example.com/nginx'}
  - {name: path-continues, image: 'quay.io/evilson/app:1'}
  - {name: other, image: 'ghcr.io/docker.io/nginx'}
"#,
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let blocked = &context.config.images.blocked;
    if blocked.is_empty() {
        return;
    }
    for used in pod.images() {
        match ImageReference::parse(used.text) {
            Ok(image) => {
                if let Some(place) = blocked.iter().find(|place| image.is_in(place)) {
                    found.at_image(
                        &used,
                        format!(
                            "{}/{} is in {place}, which is forbidden",
                            image.registry(),
                            image.repository()
                        ),
                    );
                }
            }
            Err(_) => found.unknown("an image is malformed or not filled in"),
        }
    }
}
