//! A `PeerAuthentication` that takes plain text.

use catseye_model::{Completeness, FieldPath, Fields, Kind, Object, Severity};

use super::istio::{Istio, Mode};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A mesh policy takes connections without mutual TLS
    ///
    /// With `PERMISSIVE` the pods still answer plain text, with `DISABLE` nothing else: any pod, also
    /// one outside the mesh, connects without a certificate, so that callers have no identity and
    /// someone on the network reads along.
    ///
    /// **Fix:** Demand mutual TLS for the whole mesh, and narrow exceptions to a port:
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: istio-system}
    /// spec:
    ///   mtls: {mode: STRICT}
    /// ```
    "MESH-001" {
        severity: Medium,
        rows: ["E01"],
        fails: [
            r"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}, portLevelMtls: {'8080': {mode: DISABLE}}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {}
",
        ],
        passes: [
            r"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: inherits, namespace: shop}
spec: {selector: {matchLabels: {app: a}}, portLevelMtls: {'8080': {mode: STRICT}}}
",
            r"
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: inherits-from-elsewhere, namespace: shop}
spec: {mtls: {mode: UNSET}}
",
        ],
        run: Objects(&[Kind::PeerAuthentication], run),
    }
}

fn run(policy: &Object, context: &Context<'_>, found: &mut Findings) {
    let spec = policy.value().at("spec");
    let path = || FieldPath::root().join("spec.mtls.mode");
    match Mode::of(spec.text("mtls.mode")) {
        Some(Mode::Strict) => {}
        Some(Mode::Permissive) => found.at(path(), "takes plain text, too"),
        Some(Mode::Disable) => found.at_severity(Severity::High, path(), "switches mutual TLS off"),
        None => {
            let istio = context.index::<Istio>();
            // The mode of the namespace's own policy is not set here, so the mesh's decides; for
            // a workload that of its namespace.
            match istio.mode(policy.namespace()) {
                // A mode that is not strict is found where it is set.
                Some(_) => {}
                None if policy.namespace() != &*istio.root
                    && context.inventory.completeness() != Completeness::Cluster =>
                {
                    found.unknown("the policy of the whole mesh stands elsewhere");
                }
                _ => found.at(path(), "sets no mode, so that plain text is taken, too"),
            }
        }
    }
    for (port, setting) in spec.entries("portLevelMtls") {
        let path = || {
            FieldPath::root()
                .join("spec.portLevelMtls")
                .key(port)
                .join("mode")
        };
        match Mode::of(setting.text("mode")) {
            Some(Mode::Permissive) => {
                found.at(path(), format!("takes plain text on port {port}, too"));
            }
            Some(Mode::Disable) => {
                found.at(path(), format!("switches mutual TLS off on port {port}"));
            }
            Some(Mode::Strict) | None => {}
        }
    }
}
