//! A dashboard, through the API server.

use crate::audit::prelude::*;

detection! {
    /// Administration page reached through the API server's proxy
    ///
    /// The proxy makes a request to a pod or Service with the API server's address, past NetworkPolicy.
    /// Dashboards and consoles behind it often trust whoever reaches them.
    ///
    /// **Benign:** `kubectl proxy` to the dashboard by people who use it so.
    ///
    /// **Respond:** See what was asked of the page; put a login before it.
    "AUD-071" {
        severity: Low,
        attack: InitialAccess "T1133",
        rows: ["71"],
        needs: [],
        on: [(ANY_VERB, &["services/proxy", "pods/proxy"])],
        when: Permitted,
        fires: [r"{verb: get, objectRef: {resource: services, subresource: proxy, namespace: kubernetes-dashboard, name: 'https:kubernetes-dashboard:'}}"],
        quiet: [r"{verb: get, objectRef: {resource: services, subresource: proxy, namespace: shop, name: 'cart:8080'}}"],
        run: Call(run),
    }
}

const PAGES: [&str; 12] = [
    "dashboard",
    "argocd",
    "argo-server",
    "kubeflow",
    "jupyter",
    "grafana",
    "prometheus",
    "alertmanager",
    "rancher",
    "weave-scope",
    "portainer",
    "jenkins",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let name = call.name().to_ascii_lowercase();
    let page = PAGES
        .iter()
        .find(|page| name.contains(*page) || call.namespace().contains(*page));
    if let Some(page) = page.filter(|_| !call.is_control_plane()) {
        found
            .say(format!(
                "reached {page} through the API server's proxy, {}",
                call.what()
            ))
            .with("objectRef.name", call.name());
    }
}
