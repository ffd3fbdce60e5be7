//! Flux sources whose signatures nobody checks.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Flux source is deployed without verifying who made it
    ///
    /// Flux deploys whatever the branch or the artifact holds. Who takes over an account, a deploy key
    /// or the registry deploys to the cluster within minutes; a signature that Flux checks needs
    /// the signer's key as well.
    ///
    /// **Fix:** Verify commits or artifacts:
    /// ```yaml
    /// kind: OCIRepository
    /// spec:
    ///   verify:
    ///     provider: cosign
    ///     secretRef: {name: cosign-public-key}
    /// ```
    "OPR-108" {
        severity: Low,
        rows: ["F09"],
        fails: [
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: a}
spec: {url: 'https://git.example.com/a'}
",
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: a}
spec: {url: 'oci://ghcr.io/a/b'}
",
        ],
        passes: [
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: a}
spec: {url: 'https://git.example.com/a', verify: {mode: HEAD, secretRef: {name: keys}}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: a}
spec: {url: 'oci://ghcr.io/a/b', verify: {provider: cosign}}
---
# The digest says what is deployed.
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: b}
spec: {url: 'oci://ghcr.io/a/b', ref: {digest: 'sha256:00'}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: b}
spec: {url: 'https://git.example.com/a', ref: {commit: 0123456789abcdef0123456789abcdef01234567}}
",
        ],
        run: Objects(&[Kind::FluxGitRepository, Kind::FluxOciRepository], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    let pinned = spec.has("ref.digest") || spec.has("ref.commit");
    if !spec.at("verify").is_object() && !pinned {
        found.at(FieldPath::root().join("spec.verify"), "is not verified");
    }
}
