//! Objects of kinds that the API server does not know by itself.

use serde_json::{Value, json};

use super::app::{App, assemble};

/// Tells Prometheus to scrape the Service of `app`.
pub(super) fn service_monitor(app: &App) -> Value {
    let body = json!({"spec": {
        "selector": {"matchLabels": app.selector()},
        "namespaceSelector": {"matchNames": [app.namespace]},
        "endpoints": [{"port": app.port_name, "path": "/metrics", "interval": "30s"}],
    }});
    app.object(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        &app.name,
        body,
    )
}

/// The alerts of `app`.
pub(super) fn prometheus_rule(app: &App) -> Value {
    let expression = format!(
        "sum(rate(http_requests_total{{job=\"{0}\",code=~\"5..\"}}[5m]))\n  \
         / sum(rate(http_requests_total{{job=\"{0}\"}}[5m])) > 0.05\n",
        app.name
    );
    let summary = "More than one in twenty requests fails; see the runbook of the team before \
                   you restart anything, since the queue is drained on shutdown";
    let body = json!({"spec": {"groups": [{
        "name": app.name,
        "rules": [{
            "alert": "HighErrorRate",
            "expr": expression,
            "for": "10m",
            "labels": {"severity": "page"},
            "annotations": {"summary": summary},
        }],
    }]}});
    app.object(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        &app.name,
        body,
    )
}

/// Fetches the credentials of `app` from a vault instead of writing them down.
pub(super) fn external_secret(app: &App) -> Value {
    let name = format!("{}-credentials", app.name);
    let key = format!("{}/{}", app.namespace, app.name);
    let body = json!({"spec": {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
        "target": {"name": name},
        "data": [{"secretKey": "password", "remoteRef": {"key": key, "property": "password"}}],
    }});
    app.object("external-secrets.io/v1beta1", "ExternalSecret", &name, body)
}

/// A definition of a team's own kind, and one object of it.
pub(super) fn definition(app: &App) -> Vec<Value> {
    let group = format!("{}.example.com", app.namespace);
    let schema = json!({"openAPIV3Schema": {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["retention"],
                "properties": {
                    "retention": {"type": "string", "pattern": "^[0-9]+d$"},
                    "target": {"type": "string"},
                    "copies": {"type": "integer", "minimum": 1, "default": 1},
                },
            },
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        },
    }});
    let names = json!({
        "kind": "BackupPlan",
        "listKind": "BackupPlanList",
        "plural": "backupplans",
        "singular": "backupplan",
        "shortNames": ["bp"],
    });
    let version = json!({
        "name": "v1",
        "served": true,
        "storage": true,
        "subresources": {"status": {}},
        "schema": schema,
    });
    let body = json!({"spec": {
        "group": group,
        "scope": "Namespaced",
        "names": names,
        "versions": [version],
    }});
    let metadata = json!({"name": format!("backupplans.{group}")});
    let definition = assemble(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        metadata,
        body,
    );
    let plan = json!({"spec": {"retention": "30d", "target": app.name, "copies": 2}});
    vec![
        definition,
        app.object(&format!("{group}/v1"), "BackupPlan", &app.name, plan),
    ]
}
