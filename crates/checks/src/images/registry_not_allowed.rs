//! Images from elsewhere than the allowed registries.

use catseye_model::{ImageReference, PodView};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An image comes from a registry that is not allowed
    ///
    /// The team named the registries whose images it scans and trusts (`images.allowed`). An image
    /// from elsewhere was not looked at: it may hold known flaws, or be the look-alike of a good name
    /// that an attacker published.
    ///
    /// **Fix:** Copy the image into an allowed registry and pull it from there, or add the registry or
    /// repository to `images.allowed` once it is trusted.
    "IMG-003" {
        severity: High,
        rows: ["G03"],
        fails: [
            r#"
# config: images.allowed = ["gcr.io", "ghcr.io/team", "registry.example.com"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  initContainers:
  - {name: hub, image: nginx}
  containers:
  - {name: host-continues, image: 'gcr.io.example.net/app'}
  - {name: path-continues, image: 'ghcr.io/team-b/app:1'}
  - {name: other-port, image: 'registry.example.com:5000/app'}
"#,
            // What a volume mounts is an image too.
            r#"
# config: images.allowed = ["ghcr.io/team"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: team, image: 'ghcr.io/team/app:1'}
  volumes:
  - {name: model, image: {reference: 'quay.io/models/a:1'}}
"#,
        ],
        passes: [
            r#"
# config: images.allowed = ["docker.io", "ghcr.io/team", "*.dkr.ecr.eu-west-1.amazonaws.com"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: official, image: nginx}
  - {name: hub, image: 'index.docker.io/bitnami/redis:7'}
  - {name: team, image: 'GHCR.io/team/app:1'}
  - {name: account, image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1'}
"#,
            r#"
# config: images.allowed = ["nginx", "ghcr.io/team"]
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: short, image: nginx}
  - {name: long, image: 'docker.io/library/nginx:1'}
  - {name: port, image: 'ghcr.io:443/team/app:1'}
  volumes:
  - {name: model, image: {reference: 'ghcr.io/team/model:1'}}
"#,
            r"
apiVersion: v1
kind: Pod
metadata: {name: no-opinion}
spec:
  containers:
  - {name: app, image: 'registry.example.net/app'}
",
        ],
        run: Pods(run),
    }
}

fn run(pod: &PodView<'_>, context: &Context<'_>, found: &mut Findings) {
    let allowed = &context.config.images.allowed;
    if allowed.is_empty() {
        return;
    }
    for used in pod.images() {
        match ImageReference::parse(used.text) {
            Ok(image) if !allowed.iter().any(|place| image.is_in(place)) => {
                found.at_image(
                    &used,
                    format!(
                        "{}/{} is in no allowed registry",
                        image.registry(),
                        image.repository()
                    ),
                );
            }
            Err(_) => found.unknown("an image is malformed or not filled in"),
            Ok(_) => {}
        }
    }
}
