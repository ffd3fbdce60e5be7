//! A `ClusterSecretStore` for every namespace.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A cluster secret store serves every namespace
    ///
    /// Whoever may create an ExternalSecret in any namespace has the operator fetch any secret that
    /// the store's credentials can read, and finds it as a Secret beside it. The store undoes
    /// the separation that the vault behind it makes.
    ///
    /// **Fix:** Say which namespaces it is for, or use a SecretStore in each:
    /// ```yaml
    /// spec:
    ///   conditions:
    ///   - namespaceSelector: {matchLabels: {team: shop}}
    /// ```
    "OPR-015" {
        severity: Medium,
        rows: ["F15"],
        fails: [
            r"
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {server: 'https://vault.example.com'}}}
",
            r"
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec: {provider: {vault: {}}, conditions: [{namespaces: [shop]}, {namespaceSelector: {}}]}
",
        ],
        passes: [
            r"
apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata: {name: vault}
spec:
  provider: {vault: {}}
  conditions:
  - {namespaces: [shop]}
  - {namespaceSelector: {matchLabels: {team: shop}}}
  - {namespaceRegexes: ['shop-.*']}
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata: {name: vault, namespace: shop}
spec: {provider: {vault: {}}}
",
        ],
        run: Objects(&[Kind::ClusterSecretStore], run),
    }
}

fn run(object: &Object, _: &Context<'_>, found: &mut Findings) {
    let conditions = object.value().list("spec.conditions");
    let path = FieldPath::root().join("spec.conditions");
    if conditions.is_empty() {
        found.at(path, "serves every namespace");
    } else if let Some(index) = conditions.iter().position(allows_all) {
        found.at(path.index(index), "matches every namespace");
    }
}

fn allows_all(condition: &Value) -> bool {
    let empty_selector = condition
        .at("namespaceSelector")
        .as_object()
        .is_some_and(catseye_model::value::Map::is_empty);
    empty_selector
        || condition
            .texts("namespaceRegexes")
            .any(|regex| matches!(regex, ".*" | "^.*$" | ".+"))
}
