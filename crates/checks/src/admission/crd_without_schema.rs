//! A CRD whose objects the API server does not validate.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A custom resource definition accepts anything
    ///
    /// Without a schema the API server stores whatever it is sent: misspelt security settings are
    /// kept and never act, and the controller, which mostly runs with wide rights, parses input that
    /// nothing bounded. Unknown fields also carry data past policies that look at known ones.
    ///
    /// **Fix:** Describe the fields, and keep unknown ones only where the content is truly free:
    /// ```yaml
    /// schema:
    ///   openAPIV3Schema:
    ///     type: object
    ///     properties:
    ///       spec:
    ///         type: object
    ///         properties: {replicas: {type: integer, minimum: 0}}
    /// ```
    "ADM-012" {
        severity: Low,
        rows: ["F12"],
        fails: [
            r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  versions:
  - name: v1
    served: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
",
            r"
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec: {version: v1}
",
            r"
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  preserveUnknownFields: true
  validation: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}
",
        ],
        passes: [
            r"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  preserveUnknownFields: false
  versions:
  - name: v1
    served: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {values: {x-kubernetes-preserve-unknown-fields: true}}}
  - {name: v1alpha1, served: false, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
",
            r"
apiVersion: apiextensions.k8s.io/v1beta1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  preserveUnknownFields: false
  validation: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}
  versions: [{name: v1, served: true}]
",
        ],
        run: Objects(&[Kind::CustomResourceDefinition], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let spec = object.value().at("spec");
    let path = |field: &str| FieldPath::root().join("spec").join(field);
    if spec.flag("preserveUnknownFields") == Some(true) {
        found.at(path("preserveUnknownFields"), "keeps every unknown field");
        return;
    }
    // `v1beta1` had one schema for all versions.
    let shared = spec.at("validation.openAPIV3Schema");
    let versions = spec.list("versions");
    if versions.is_empty() {
        if is_open(shared) {
            found.at(path("validation.openAPIV3Schema"), "no schema");
        }
        return;
    }
    for (index, version) in versions.iter().enumerate() {
        if version.flag("served") == Some(false) {
            continue;
        }
        let own = version.at("schema.openAPIV3Schema");
        if is_open(if own.is_null() { shared } else { own }) {
            let name = version.text("name").unwrap_or_default();
            found.at(
                path("versions").index(index).join("schema.openAPIV3Schema"),
                format!("version {name} has no schema for its fields"),
            );
        }
    }
}

/// A schema that says nothing of any field but the ones that every object has.
fn is_open(schema: &Value) -> bool {
    !schema
        .entries("properties")
        .any(|(field, _)| !matches!(field, "apiVersion" | "kind" | "metadata"))
        && !schema.has("additionalProperties")
}
