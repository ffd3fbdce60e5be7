//! Who an application is towards the API server, and what it may do there.

use serde_json::{Value, json};

use super::app::{App, Fault};
use super::random::Random;

/// The service account of `app`, unless it runs as `default`.
pub(super) fn account(app: &App) -> Option<Value> {
    if app.has(Fault::DefaultAccount) {
        return None;
    }
    let body = if app.has(Fault::MountedToken) {
        json!({})
    } else {
        json!({"automountServiceAccountToken": false})
    };
    Some(app.object("v1", "ServiceAccount", app.account(), body))
}

/// Roles and bindings of `app`; most applications need none.
pub(super) fn grants(app: &App, random: &mut Random) -> Vec<Value> {
    if app.has(Fault::ClusterAdmin) {
        return vec![cluster_binding(app, "cluster-admin")];
    }
    let cluster_wide = app.has_any(&[Fault::WildcardRole, Fault::WideRole]);
    if cluster_wide {
        let role = app.cluster_object(RBAC, "ClusterRole", json!({"rules": wide_rules(app)}));
        let name = format!("{}:{}", app.namespace, app.name);
        return vec![role, cluster_binding(app, &name)];
    }
    if random.chance(10) {
        let rules = json!([{
            "apiGroups": [""],
            "resources": ["nodes", "namespaces"],
            "verbs": ["get", "list", "watch"],
        }]);
        let role = app.cluster_object(RBAC, "ClusterRole", json!({"rules": rules}));
        let name = format!("{}:{}", app.namespace, app.name);
        return vec![role, cluster_binding(app, &name)];
    }
    if app.has(Fault::SecretReader) || random.chance(35) {
        let role = app.object(
            RBAC,
            "Role",
            &app.name,
            json!({"rules": narrow_rules(app, random)}),
        );
        return vec![role, role_binding(app)];
    }
    Vec::new()
}

const RBAC: &str = "rbac.authorization.k8s.io/v1";
const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

fn wide_rules(app: &App) -> Value {
    if app.has(Fault::WildcardRole) {
        return json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    }
    let mut rules = vec![
        json!({
            "apiGroups": ["", "apps"],
            "resources": ["pods", "pods/exec", "deployments"],
            "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"],
        }),
        json!({
            "apiGroups": [RBAC_GROUP],
            "resources": ["roles", "rolebindings"],
            "verbs": ["create", "bind", "escalate"],
        }),
    ];
    if app.has(Fault::SecretReader) {
        rules.push(json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}));
    }
    json!(rules)
}

fn narrow_rules(app: &App, random: &mut Random) -> Value {
    let mut rules = vec![json!({
        "apiGroups": [""],
        "resources": ["configmaps"],
        "resourceNames": [format!("{}-config", app.name)],
        "verbs": ["get", "watch"],
    })];
    if random.chance(50) {
        rules.push(json!({
            "apiGroups": ["coordination.k8s.io"],
            "resources": ["leases"],
            "verbs": ["get", "create", "update"],
        }));
    }
    if app.has(Fault::SecretReader) {
        rules.push(json!({
            "apiGroups": [""],
            "resources": ["secrets"],
            "verbs": ["get", "list", "watch"],
        }));
    }
    json!(rules)
}

fn subjects(app: &App) -> Value {
    json!([{"kind": "ServiceAccount", "name": app.account(), "namespace": app.namespace}])
}

fn role_binding(app: &App) -> Value {
    let body = json!({
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "Role", "name": app.name},
        "subjects": subjects(app),
    });
    app.object(RBAC, "RoleBinding", &app.name, body)
}

fn cluster_binding(app: &App, role: &str) -> Value {
    let body = json!({
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": role},
        "subjects": subjects(app),
    });
    app.cluster_object(RBAC, "ClusterRoleBinding", body)
}
