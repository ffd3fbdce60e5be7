//! A route into another namespace without a `ReferenceGrant`.

use catseye_model::{Completeness, Kind, Object};

use super::gateway;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A route leads into another namespace without its consent
    ///
    /// A Service of another namespace may be named only where a `ReferenceGrant` there allows it;
    /// without one the gateway answers 500. Some older gateways follow the reference all the same and
    /// expose the other team's Service.
    ///
    /// **Fix:** Let the owner of the Service grant it:
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1beta1
    /// kind: ReferenceGrant
    /// metadata: {name: shop-routes, namespace: bank}
    /// spec:
    ///   from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
    ///   to: [{group: "", kind: Service, name: ledger}]
    /// ```
    "NET-122" {
        severity: Medium,
        rows: ["D21"],
        fails: [
            r"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec: {rules: [{backendRefs: [{name: ledger, namespace: bank, port: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: bank}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: another-kind, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}]
  to: [{group: '', kind: Service}]
",
        ],
        passes: [
            r"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a, namespace: shop}
spec:
  rules:
  - backendRefs:
    - {name: ledger, namespace: bank, port: 80}
    - {name: own, namespace: shop, port: 80}
    - {name: not-visible, namespace: elsewhere, port: 80}
---
apiVersion: v1
kind: Service
metadata: {name: ledger, namespace: bank}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: a, namespace: bank}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: '', kind: Service, name: ledger}]
",
        ],
        run: Objects(gateway::ROUTES, run),
    }
}

fn run(route: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    for backend in gateway::backends(route) {
        if backend.namespace == route.namespace() || gateway::is_granted(inventory, route, &backend)
        {
            continue;
        }
        // Where the Service is visible, what its owner wrote beside it should be, too.
        let sees_the_owner = match inventory.completeness() {
            Completeness::Fragment => false,
            Completeness::Tree => inventory
                .find(Kind::Service, backend.namespace, backend.name)
                .is_some(),
            Completeness::Cluster => true,
        };
        if sees_the_owner {
            found.at(
                backend.path("namespace"),
                format!(
                    "no ReferenceGrant of namespace {} allows it",
                    backend.namespace
                ),
            );
        } else {
            found.unknown("the ReferenceGrant may stand elsewhere");
        }
    }
}
