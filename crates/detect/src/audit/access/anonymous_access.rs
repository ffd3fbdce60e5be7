//! An answer for somebody whom nobody knows.

use crate::audit::prelude::*;

detection! {
    /// Anonymous request allowed
    ///
    /// Somebody without any credential was given an answer that is not meant for everybody. A binding for
    /// `system:anonymous` or `system:unauthenticated` is behind it.
    ///
    /// **Benign:** Health, version and sign-in endpoints, and `cluster-info`, which nodes read before they
    /// join: none of these is counted.
    ///
    /// **Respond:** Find the binding (the event's reason names it) and delete it; look at what else came
    /// from that address.
    "AUD-001" {
        severity: High,
        attack: InitialAccess "T1078.001",
        rows: ["1"],
        needs: [],
        on: [(ANY_VERB, EVERYTHING)],
        when: Succeeded,
        fires: [r"{verb: list, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, objectRef: {resource: pods, namespace: shop}}"],
        quiet: [
            r"{verb: get, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, requestURI: '/livez?verbose'}",
            r"{verb: get, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, requestURI: '/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s', objectRef: {resource: configmaps, namespace: kube-public, name: cluster-info}}",
            r"{verb: list, user: {username: 'system:anonymous', groups: ['system:unauthenticated']}, objectRef: {resource: pods, namespace: shop}, responseStatus: {code: 403}}",
            r"{verb: list, objectRef: {resource: pods, namespace: shop}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if !call.is_unauthenticated() || is_for_everybody(call) {
        return;
    }
    found
        .say(format!("{} without any credential", call.did_what()))
        .with("requestURI", call.event.request_uri());
    if let Some(reason) = call.event.decision_reason() {
        found.with("annotations.authorization.k8s.io/reason", reason);
    }
}

const OPEN: [&str; 5] = ["/healthz", "/livez", "/readyz", "/version", "/.well-known"];

/// What Kubernetes shows to everybody by default.
fn is_for_everybody(call: &Call<'_, '_>) -> bool {
    let path = call.uri().path();
    let open = OPEN.iter().any(|prefix| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let cluster_info = call.namespace() == "kube-public" && call.name() == "cluster-info";
    (open && call.resource().is_empty()) || cluster_info
}
