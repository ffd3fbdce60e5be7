//! Flux objects that take their source from another namespace.

use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A Flux object takes its source from another namespace
    ///
    /// A reference across namespaces lets one tenant deploy from, and so read, a repository of another,
    /// with the credentials that lie there. Whoever owns the other namespace can
    /// exchange the source and thereby what runs in this one.
    ///
    /// **Fix:** Keep source and consumer together, and run the controllers with
    /// `--no-cross-namespace-refs=true`:
    /// ```yaml
    /// spec:
    ///   sourceRef: {kind: GitRepository, name: shop}
    /// ```
    "OPR-009" {
        severity: Low,
        rows: ["F09"],
        fails: [
            r"
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: shop}
spec: {sourceRef: {kind: GitRepository, name: b, namespace: flux-system}}
",
            r"
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a, namespace: shop}
spec: {chart: {spec: {chart: b, sourceRef: {kind: HelmRepository, name: c, namespace: other}}}}
",
        ],
        passes: [
            r"
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: flux-system}
spec: {sourceRef: {kind: GitRepository, name: b, namespace: flux-system}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: a, namespace: shop}
spec: {sourceRef: {kind: GitRepository, name: b}}
---
# The namespace is left to kustomize.
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a}
spec: {chart: {spec: {chart: b, sourceRef: {kind: HelmRepository, name: c, namespace: shop}}}}
",
        ],
        run: Objects(&[Kind::FluxKustomization, Kind::FluxHelmRelease], run),
    }
}

const REFERENCES: [&str; 3] = [
    "spec.sourceRef",
    "spec.chart.spec.sourceRef",
    "spec.chartRef",
];

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let Some(own) = object.explicit_namespace() else {
        return;
    };
    for reference in REFERENCES {
        let other = object.value().at(reference).text("namespace");
        if let Some(other) = other.filter(|other| !other.is_empty() && *other != own) {
            found.at(
                FieldPath::root().join(reference).join("namespace"),
                format!("takes its source from namespace {other}"),
            );
        }
    }
}
