//! Flux sources that are fetched without TLS.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Flux source is fetched without TLS
    ///
    /// Whoever can redirect the traffic exchanges the manifests or the chart, and Flux deploys them
    /// with its own rights, mostly cluster-admin's. Credentials of the source go over the wire readable.
    ///
    /// **Fix:** Fetch by `https://`, `ssh://` or `oci://`, without `insecure: true`:
    /// ```yaml
    /// spec:
    ///   url: https://charts.example.com
    /// ```
    "OPR-109" {
        severity: High,
        rows: ["F09"],
        fails: [
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: a}
spec: {url: 'http://charts.example.com'}
",
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: a}
spec: {url: 'oci://registry.example.com/a', insecure: true}
",
        ],
        passes: [
            r"
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: a}
spec: {url: 'https://charts.example.com'}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: a}
spec: {url: 'ssh://git@git.example.com/a'}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: OCIRepository
metadata: {name: a}
spec: {url: 'oci://registry.example.com/a', insecure: false}
",
        ],
        run: Objects(
            &[
                Kind::FluxGitRepository,
                Kind::FluxOciRepository,
                Kind::FluxHelmRepository,
            ],
            run,
        ),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    let path = |field: &str| FieldPath::root().join("spec").join(field);
    if spec
        .text("url")
        .is_some_and(|url| url.starts_with("http://"))
    {
        found.at(path("url"), "is fetched over plain HTTP");
    } else if spec.flag("insecure") == Some(true) {
        found.at(path("insecure"), "is fetched without verified TLS");
    }
}
