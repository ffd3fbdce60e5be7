//! Two Ingresses for one host and path.

use std::collections::HashMap;

use catseye_model::{Completeness, Fields, Inventory, Kind, Object, ObjectId, Severity};

use super::ingress::{self, NGINX};
use crate::check::check;
use crate::context::{Context, Index, Reads};
use crate::findings::Findings;

check! {
    /// Two Ingresses claim the same host and path
    ///
    /// The controller serves one of them, often the older one, and says nothing of the other. Whoever
    /// may create Ingresses in any namespace can so take over a route, or wait until its owner
    /// recreates it.
    ///
    /// **Fix:** Keep one Ingress for each host and path; let an admission policy refuse hosts that
    /// another namespace uses.
    "NET-014" {
        severity: Medium,
        rows: ["D14"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: shop}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: b, namespace: bank}
spec: {rules: [{host: A.example.com, http: {paths: [{pathType: Prefix}]}}]}
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other-path}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /b, pathType: Prefix}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other-type}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Exact}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other-class}
spec:
  ingressClassName: internal
  rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: canary, annotations: {nginx.ingress.kubernetes.io/canary: 'true'}}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a, namespace: variant-of-the-same-in-another-folder}
spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix}]}}]}
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

/// Routes and the Ingresses that claim them.
struct Claims(HashMap<Route, Vec<ObjectId>>);

/// Class, host, path and its type.
type Route = (String, String, String, String);

impl Index for Claims {
    const READS: Reads = Reads::Kinds(&[Kind::Ingress]);

    fn build(inventory: &Inventory) -> Self {
        let mut claims: HashMap<Route, Vec<ObjectId>> = HashMap::new();
        for (id, object) in inventory.of_kind(Kind::Ingress) {
            if is_shared_on_purpose(object) {
                continue;
            }
            for path in ingress::paths(object) {
                let ids = claims.entry(route(object, &path)).or_default();
                if ids.last() != Some(&id) {
                    ids.push(id);
                }
            }
        }
        Claims(claims)
    }
}

fn route(object: &Object, path: &ingress::Path<'_>) -> Route {
    let text = path.value.text("path").unwrap_or_default();
    let text = if text.is_empty() { "/" } else { text };
    let path_type = path
        .value
        .text("pathType")
        .unwrap_or("ImplementationSpecific");
    (
        ingress::class(object).to_owned(),
        path.host.to_lowercase(),
        text.to_owned(),
        path_type.to_owned(),
    )
}

/// Canaries share the route of the Ingress that they test, minions that of their master.
fn is_shared_on_purpose(object: &Object) -> bool {
    ["canary", "canary-by-header", "canary-weight"]
        .iter()
        .any(|name| object.annotation(&format!("{NGINX}{name}")).is_some())
        || object
            .annotation("nginx.org/mergeable-ingress-type")
            .is_some()
        || object.label("acme.cert-manager.io/http01-solver").is_some()
}

fn run(object: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    let Some(id) = inventory.id_of(object) else {
        return;
    };
    if is_shared_on_purpose(object) {
        return;
    }
    let claims = context.index::<Claims>();
    for path in ingress::paths(object) {
        let others = claims.0.get(&route(object, &path));
        let Some(other) = others
            .into_iter()
            .flatten()
            .filter(|other| **other != id)
            .map(|other| inventory.object(*other))
            .find(|other| !is_variant(inventory, object, other))
        else {
            continue;
        };
        // A route without host in several namespaces is careless rather than a hijack.
        let severity = if other.namespace() == object.namespace() || path.host.is_empty() {
            Severity::Medium
        } else {
            Severity::High
        };
        let text = path.value.text("path").unwrap_or("/");
        found.at_severity(
            severity,
            ingress::http_path(path.rule, path.index),
            format!("{other} claims {}{text}, too", path.host),
        );
    }
}

/// A folder may hold several variants of one object, for several clusters.
fn is_variant(inventory: &Inventory, one: &Object, other: &Object) -> bool {
    one.name() == other.name()
        && (one.namespace() == other.namespace()
            || inventory.completeness() != Completeness::Cluster)
}
