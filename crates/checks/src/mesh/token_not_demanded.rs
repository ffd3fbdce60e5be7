//! A `RequestAuthentication` without a policy that demands a token.

use catseye_model::Value;
use catseye_model::{Completeness, FieldPath, Fields, Inventory, Kind, Object};

use super::istio::Istio;
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// Tokens are checked but not demanded
    ///
    /// A RequestAuthentication refuses requests with a bad token and lets those without any through.
    /// Until an AuthorizationPolicy demands a principal, leaving the token out is all it takes.
    ///
    /// **Fix:** Demand a principal beside it:
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: AuthorizationPolicy
    /// metadata: {name: token-needed}
    /// spec:
    ///   action: DENY
    ///   rules:
    ///   - from: [{source: {notRequestPrincipals: ["*"]}}]
    /// ```
    "MESH-006" {
        severity: High,
        rows: ["E06"],
        fails: [
            r"
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: a, namespace: shop}
spec: {jwtRules: [{issuer: https://sso.example.com}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: by-peer, namespace: shop}
spec: {rules: [{from: [{source: {principals: [a]}}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: elsewhere, namespace: bank}
spec: {rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}
",
        ],
        passes: [
            r"
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: a, namespace: shop}
spec: {jwtRules: [{issuer: https://sso.example.com}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: shop}
spec: {rules: [{from: [{source: {requestPrincipals: ['https://sso.example.com/*']}}]}]}
",
            r"
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: a, namespace: shop}
spec: {jwtRules: [{issuer: https://sso.example.com}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: a, namespace: istio-system}
spec: {rules: [{when: [{key: 'request.auth.claims[group]', values: [a]}]}]}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: no-rules, namespace: bank}
spec: {}
",
        ],
        run: Objects(&[Kind::RequestAuthentication], run),
    }
}

fn run(authentication: &Object, context: &Context<'_>, found: &mut Findings) {
    if authentication.value().list("spec.jwtRules").is_empty() {
        return;
    }
    let inventory = context.inventory;
    let istio = context.index::<Istio>();
    if demands_token(inventory, authentication.namespace()) || demands_token(inventory, &istio.root)
    {
        return;
    }
    if inventory.completeness() == Completeness::Fragment {
        found.unknown("a policy that demands the token may stand elsewhere");
    } else {
        found.at(
            FieldPath::root().join("spec.jwtRules"),
            "no AuthorizationPolicy demands a token, so requests without one pass",
        );
    }
}

fn demands_token(inventory: &Inventory, namespace: &str) -> bool {
    inventory
        .in_namespace(Kind::AuthorizationPolicy, namespace)
        .flat_map(|(_, policy)| policy.value().list("spec.rules"))
        .any(asks_for_token)
}

fn asks_for_token(rule: &Value) -> bool {
    let by_source = rule.list("from").iter().any(|from| {
        ["source.requestPrincipals", "source.notRequestPrincipals"]
            .iter()
            .any(|field| !from.list(field).is_empty())
    });
    let by_condition = rule.list("when").iter().any(|condition| {
        condition
            .text("key")
            .is_some_and(|key| key.starts_with("request.auth."))
    });
    by_source || by_condition
}
