//! All the tables, one after the other.

use crate::audit::prelude::*;

detection! {
    /// Many kinds of objects listed in a minute
    ///
    /// Namespaces, nodes, pods, roles, bindings, service accounts, ConfigMaps, one after the other: the
    /// first thing that somebody does who does not know the cluster.
    ///
    /// **Benign:** Dashboards, backup tools, `kubectl get all`.
    ///
    /// **Respond:** Together with what came before and after it.
    "AUD-029" {
        severity: Low,
        attack: Discovery "T1613",
        rows: ["29"],
        needs: [],
        on: [(LIST, &["namespaces", "nodes", "pods", "serviceaccounts", "configmaps", "secrets", "services", "deployments.apps"]), (LIST, RBAC)],
        when: Any,
        fires: [r"{verb: list, userAgent: curl/8.5.0, objectRef: {resource: namespaces}}
---
{verb: list, userAgent: curl/8.5.0, objectRef: {resource: nodes}}
---
{verb: list, userAgent: curl/8.5.0, objectRef: {resource: pods}}
---
{verb: list, userAgent: curl/8.5.0, objectRef: {resource: serviceaccounts}}
---
{verb: list, userAgent: curl/8.5.0, objectRef: {resource: clusterrolebindings, apiGroup: rbac.authorization.k8s.io}}"],
        quiet: [
            r"{repeat: 30, verb: list, objectRef: {resource: pods, namespace: 'n{n}'}}",
            r"# An operator fills its caches when it starts, and then watches.
{verb: list, user: {username: 'system:serviceaccount:shop:operator'}, userAgent: operator/v1, requestURI: '/api/v1/namespaces?limit=500&resourceVersion=0', objectRef: {resource: namespaces}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:operator'}, userAgent: operator/v1, requestURI: '/api/v1/nodes?limit=500&resourceVersion=0', objectRef: {resource: nodes}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:operator'}, userAgent: operator/v1, requestURI: '/api/v1/pods?limit=500&resourceVersion=0', objectRef: {resource: pods}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:operator'}, userAgent: operator/v1, requestURI: '/api/v1/secrets?limit=500&resourceVersion=0', objectRef: {resource: secrets}}
---
{verb: list, user: {username: 'system:serviceaccount:shop:operator'}, userAgent: operator/v1, requestURI: '/api/v1/configmaps?limit=500&resourceVersion=0', objectRef: {resource: configmaps}}",
        ],
        run: Sequence(run),
    }
}

fn run(call: &Call<'_, '_>, memory: &mut Window<'_>, found: &mut Found) {
    let fills_cache = call.uri().values("resourceVersion").next().is_some();
    if call.is_control_plane() || call.is_deployer() || fills_cache {
        return;
    }
    if let Some(count) = memory.reaches(5, 60, &[call.user()], &[call.resource()]) {
        found
            .say(format!("listed {count} kinds of objects within a minute"))
            .with("userAgent", call.event.user_agent());
        if is_script(call.event.user_agent()) {
            found.at(Severity::Medium);
        }
    }
}
