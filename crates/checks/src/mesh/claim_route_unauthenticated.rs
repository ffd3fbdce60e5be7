//! A route by claims of a token that nothing checks.

use catseye_model::{Completeness, FieldPath, Fields, Kind, Object};

use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// A route trusts claims of a token that nothing checks
    ///
    /// Routing by `@request.auth.claims` reads what a RequestAuthentication has verified. Without one
    /// at the gateway the claims are never there: the route is dead, or the fallback serves everyone.
    ///
    /// **Fix:** Check the token at the gateway:
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: RequestAuthentication
    /// metadata: {name: sso, namespace: istio-ingress}
    /// spec:
    ///   selector: {matchLabels: {istio: ingressgateway}}
    ///   jwtRules: [{issuer: "https://sso.example.com"}]
    /// ```
    "MESH-108" {
        severity: Medium,
        rows: ["E06"],
        fails: [
            r"
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec: {hosts: [a], http: [{match: [{headers: {'@request.auth.claims.group': {exact: a}}}]}]}
",
        ],
        passes: [
            r"
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec: {hosts: [a], http: [{match: [{headers: {'@request.auth.claims.group': {exact: a}}}]}]}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: sso, namespace: istio-ingress}
spec: {jwtRules: [{issuer: a}]}
",
            r"
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec: {hosts: [a], http: [{match: [{headers: {x-group: {exact: a}}}]}]}
",
        ],
        run: Objects(&[Kind::VirtualService], run),
    }
}

fn run(service: &Object, context: &Context<'_>, found: &mut Findings) {
    let inventory = context.inventory;
    for (rule, value) in service.value().list("spec.http").iter().enumerate() {
        for (index, condition) in value.list("match").iter().enumerate() {
            for field in ["headers", "withoutHeaders"] {
                for (name, _) in condition.entries(field) {
                    if !name.starts_with("@request.auth.claims") {
                        continue;
                    }
                    if inventory
                        .of_kind(Kind::RequestAuthentication)
                        .next()
                        .is_some()
                    {
                        return;
                    }
                    if inventory.completeness() == Completeness::Fragment {
                        found.unknown("the RequestAuthentication may stand elsewhere");
                        return;
                    }
                    let path = FieldPath::root().join("spec.http").index(rule);
                    found.at(
                        path.join("match").index(index).join(field).key(name),
                        "no RequestAuthentication checks the token",
                    );
                }
            }
        }
    }
}
