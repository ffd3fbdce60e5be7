//! A node, or a default service account, at the secrets.

use crate::audit::prelude::*;

detection! {
    /// Secret read by a node without kubelet, or by a default service account
    ///
    /// A kubelet reads the secrets of its own pods, by name. A node identity that lists, or that calls
    /// with another program, is a stolen kubelet certificate. A `default` service account has no work
    /// of its own, so whoever reads secrets with it took the token out of a pod.
    ///
    /// **Benign:** Workloads that run as `default` with rights it should not have.
    ///
    /// **Respond:** For a node: take it out and replace its certificate. For a service account: see who
    /// ran commands in its pods.
    "AUD-040" {
        severity: High,
        attack: CredentialAccess "T1552.007",
        rows: ["40"],
        needs: [UserAgent],
        on: [(READ, SECRETS)],
        when: Any,
        fires: [
            r"{verb: list, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: secrets}, responseStatus: {code: 403}}",
            r"{verb: get, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: curl/8.5.0, objectRef: {resource: secrets, namespace: shop, name: db}}",
            r"{verb: list, user: {username: 'system:serviceaccount:shop:default'}, objectRef: {resource: secrets, namespace: shop}}",
        ],
        quiet: [
            r"{verb: get, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, objectRef: {resource: secrets, namespace: shop, name: db}}",
            r"{verb: watch, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, userAgent: kubelet/v1.36.3, requestURI: '/api/v1/namespaces/shop/secrets?fieldSelector=metadata.name%3Ddb&watch=true', objectRef: {resource: secrets, namespace: shop, name: db}}",
            r"{verb: list, user: {username: 'system:serviceaccount:vault:operator'}, objectRef: {resource: secrets, namespace: shop}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let by_name = !call.name().is_empty() || call.event.request_uri().contains("metadata.name");
    match call.actor() {
        Actor::Node { .. } => {
            let kubelet = call.event.user_agent().starts_with("kubelet");
            // Nodes of managed clusters run their own agents under the node's name.
            if kubelet && by_name {
                return;
            }
            let how = if kubelet {
                "lists, which no kubelet does"
            } else {
                "calls with another program than the kubelet"
            };
            found
                .say(format!("asked for {} as a node that {how}", call.what()))
                .with("userAgent", call.event.user_agent());
        }
        Actor::ServiceAccount {
            name: "default", ..
        } => {
            found
                .say(format!("{} as a default service account", asked(call)))
                .with("user.username", call.user());
            if call.is_refused() {
                found.at(Severity::Medium);
            }
        }
        _ => {}
    }
}

fn asked(call: &Call<'_, '_>) -> String {
    if call.is_refused() {
        format!("was refused {}", call.what())
    } else {
        call.did_what()
    }
}
