//! A mesh that lets everything out.

use catseye_model::{FieldPath, Fields, Kind, Object};

use super::istio::Istio;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// The mesh lets traffic out to anywhere
    ///
    /// With `ALLOW_ANY`, the default, proxies pass on connections to hosts that nobody declared. Code
    /// that an attacker runs in a pod fetches tools and sends data out, and the mesh does not even
    /// name the destination.
    ///
    /// **Fix:** Let out what ServiceEntries declare, and nothing else:
    /// ```yaml
    /// meshConfig:
    ///   outboundTrafficPolicy: {mode: REGISTRY_ONLY}
    /// ```
    "MESH-011" {
        severity: Low,
        rows: ["E11"],
        fails: [
            r"
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: a, namespace: istio-system}
spec: {profile: default}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: a, namespace: shop}
spec: {outboundTrafficPolicy: {mode: ALLOW_ANY}}
",
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    accessLogFile: /dev/stdout
    rootNamespace: istio-system
",
        ],
        passes: [
            r"
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    outboundTrafficPolicy:
      mode: REGISTRY_ONLY
    rootNamespace: istio-system
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: shop}
data: {mesh: 'accessLogFile: a'}
---
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: a}
spec: {meshConfig: {outboundTrafficPolicy: {mode: REGISTRY_ONLY}}}
---
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: gateways-alone}
spec: {profile: empty, components: {}}
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: inherits}
spec: {egress: [{hosts: [./*]}]}
",
        ],
        run: ObjectsWhere("Istio's mesh configuration and Sidecars", configures_egress, run),
    }
}

fn configures_egress(object: &Object) -> bool {
    match object.kind() {
        Kind::IstioOperator => true,
        Kind::Sidecar => object.value().has("spec.outboundTrafficPolicy"),
        Kind::ConfigMap => {
            let name = object.name();
            (name == "istio" || name.starts_with("istio-")) && object.value().has("data.mesh")
        }
        _ => false,
    }
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let value = object.value();
    let (field, mode) = match object.kind() {
        Kind::Sidecar => {
            let field = "spec.outboundTrafficPolicy.mode";
            // The mode of a Sidecar that names none is ALLOW_ANY only where the mesh's is.
            (field, value.text(field).or(Some("REGISTRY_ONLY")))
        }
        // Such a profile installs no control plane.
        Kind::IstioOperator if matches!(value.text("spec.profile"), Some("empty" | "remote")) => {
            return;
        }
        Kind::IstioOperator => {
            let field = "spec.meshConfig.outboundTrafficPolicy.mode";
            (field, value.text(field))
        }
        _ => {
            if object.namespace() != &*context.index::<Istio>().root {
                return;
            }
            // The mesh's configuration is YAML inside; no other setting of it has this value.
            let registry_only = value
                .text("data.mesh")
                .is_some_and(|text| text.contains("REGISTRY_ONLY"));
            ("data.mesh", registry_only.then_some("REGISTRY_ONLY"))
        }
    };
    match mode {
        Some("REGISTRY_ONLY") => {}
        Some(mode) => found.at(
            FieldPath::root().join(field),
            format!("{mode} lets traffic out to anywhere"),
        ),
        None => found.at(
            FieldPath::root().join(field),
            "is not set, which lets traffic out to anywhere",
        ),
    }
}
