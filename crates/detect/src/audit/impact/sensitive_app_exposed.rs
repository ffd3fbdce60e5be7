//! A dashboard or a database, opened to outside.

use crate::audit::prelude::*;

detection! {
    /// Sensitive application exposed
    ///
    /// Dashboards, notebooks, databases and delivery tools behind a load balancer or an Ingress are what
    /// the internet's scanners look for. Many of them ask for no password.
    ///
    /// **Benign:** Behind a login and an allow-list of addresses.
    ///
    /// **Respond:** Take the Service back to ClusterIP until there is a login before it.
    "AUD-132" {
        severity: High,
        attack: InitialAccess "T1133",
        rows: ["132"],
        needs: [RequestBody],
        on: [(WRITE, SERVICES), (WRITE, INGRESSES)],
        when: Succeeded,
        fires: [
            r"{verb: patch, objectRef: {resource: services, namespace: kubernetes-dashboard, name: kubernetes-dashboard}, requestObject: {spec: {type: LoadBalancer}}}",
            r"{verb: create, objectRef: {resource: ingresses, apiGroup: networking.k8s.io, namespace: data, name: i}, requestObject: {spec: {defaultBackend: {service: {name: redis-master}}}}}",
        ],
        quiet: [
            r"{verb: create, objectRef: {resource: services, namespace: shop, name: web}, requestObject: {spec: {type: LoadBalancer}}}",
            r"# An internal load balancer.
{verb: create, objectRef: {resource: services, namespace: data, name: postgres}, requestObject: {metadata: {annotations: {service.beta.kubernetes.io/aws-load-balancer-internal: 'true'}}, spec: {type: LoadBalancer}}}",
            r"{verb: create, objectRef: {resource: services, namespace: data, name: redis}, requestObject: {spec: {type: ClusterIP}}}",
        ],
        run: Call(run),
    }
}

const SENSITIVE: [&str; 22] = [
    "dashboard",
    "kubeflow",
    "jupyter",
    "argocd",
    "argo-server",
    "airflow",
    "weave-scope",
    "jenkins",
    "rancher",
    "portainer",
    "redis",
    "postgres",
    "mysql",
    "mongo",
    "elasticsearch",
    "etcd",
    "kafka",
    "zookeeper",
    "vault",
    "prometheus",
    "alertmanager",
    "kibana",
];

fn run(call: &Call<'_, '_>, found: &mut Found) {
    let sent = call.sent();
    if call.is_control_plane() || is_internal(sent) {
        return;
    }
    let mut behind = vec![call.name().to_owned()];
    if call.resource() == "services" {
        let outside = matches!(sent.text("spec.type"), Some("LoadBalancer" | "NodePort"));
        if !outside {
            return;
        }
        let labels = sent
            .entries("spec.selector")
            .filter_map(|(_, value)| value.as_str());
        behind.extend(labels.map(str::to_owned));
    } else {
        behind.extend(backends(sent));
    }
    let app = SENSITIVE.into_iter().find(|app| {
        behind
            .iter()
            .any(|name| name.to_ascii_lowercase().contains(app))
    });
    if let Some(app) = app {
        found
            .say(format!("exposed {app} by {}", call.what()))
            .body("spec", behind.join(", "));
    }
}

fn is_internal(sent: &Value) -> bool {
    sent.entries("metadata.annotations").any(|(key, value)| {
        key.ends_with("load-balancer-internal")
            || (key.ends_with("load-balancer-type") && value.as_str() == Some("Internal"))
            || (key.ends_with("load-balancer-scheme") && value.as_str() == Some("internal"))
    })
}

/// The Services behind an Ingress, in the forms of `v1` and `v1beta1`.
fn backends(sent: &Value) -> Vec<String> {
    let name = |backend: &Value| {
        let name = backend.text("service.name").or(backend.text("serviceName"));
        name.map(str::to_owned)
    };
    let paths = sent
        .list("spec.rules")
        .iter()
        .flat_map(|rule| rule.list("http.paths"));
    paths
        .map(|path| path.at("backend"))
        .chain([sent.at("spec.defaultBackend"), sent.at("spec.backend")])
        .filter_map(name)
        .collect()
}
