//! An `EnvoyFilter`.

use catseye_model::{FieldPath, Fields, Kind, Object, Severity};

use super::istio::{Istio, selector};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An EnvoyFilter changes the proxies' configuration
    ///
    /// An EnvoyFilter edits what Istio generates, unchecked: it can switch off authorization, add Lua
    /// or copy traffic elsewhere, and one of the root namespace does so in every proxy. After an
    /// upgrade a patch relative to something that moved is silently left out.
    ///
    /// **Fix:** Use the API made for the purpose (Telemetry, WasmPlugin, ProxyConfig, DestinationRule)
    /// where there is one; let mesh administrators alone create EnvoyFilters, and give relative
    /// patches a `priority`.
    "MESH-009" {
        severity: Low,
        rows: ["E09"],
        fails: [
            r"
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: a, namespace: istio-system}
spec: {configPatches: [{applyTo: HTTP_FILTER, patch: {operation: INSERT_BEFORE}}]}
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: a}
spec: {}
",
        ],
        run: Objects(&[Kind::EnvoyFilter], run),
    }
}

fn run(filter: &Object, context: &Context<'_>, found: &mut Findings) {
    let whole_mesh =
        filter.namespace() == &*context.index::<Istio>().root && selector(filter).is_none();
    let (severity, message) = if whole_mesh {
        (
            Severity::Medium,
            "changes the configuration of every proxy of the mesh",
        )
    } else {
        (Severity::Low, "changes the configuration of proxies")
    };
    found.at_severity(severity, FieldPath::root().join("spec"), message);
    if filter.value().has("spec.priority") {
        return;
    }
    for (index, patch) in filter.value().list("spec.configPatches").iter().enumerate() {
        if let Some(operation @ ("INSERT_BEFORE" | "INSERT_AFTER" | "REPLACE" | "REMOVE")) =
            patch.text("patch.operation")
        {
            found.at(
                FieldPath::root()
                    .join("spec.configPatches")
                    .index(index)
                    .join("patch.operation"),
                format!("{operation} without priority is left out where its target comes later"),
            );
        }
    }
}
