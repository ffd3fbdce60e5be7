//! An account that may bind and escalate gives itself everything.
//!
//! **Bind**: the stolen token of the database operator binds its account to `cluster-admin`. **Escalate**: a
//! role that many hold is widened. **Living off the land**: an engineer's machine adds one subject to an
//! existing binding.

use serde_json::json;

use crate::benign::operator::controller;
use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("198.51.100.{}", dice.between(10, 250));
    let thief = controller().with_agent("curl/8.14.1").from(&outside);
    let calls = vec![
        thief.get(format!("{RBAC}/clusterrolebindings")),
        thief.post(
            format!("{RBAC}/clusterrolebindings"),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                "metadata": {"name": "db-operator-maintenance"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "db-operator", "namespace": "operators"}]}),
        ),
        thief.get("/api/v1/namespaces/vault/secrets/vault-unseal"),
    ];
    let at = Moment::at(3, 5, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("escalation", "bind", "T1098.006"),
        calls,
    );

    let role = format!("{RBAC}/clusterroles/developer-view");
    let everything = json!([{"op": "add", "path": "/rules/-", "value":
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}}]);
    let calls = vec![thief.get(role.clone()), thief.json_patch(role, everything)];
    let at = Moment::at(4, 4, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("escalation", "escalate", "T1098.006"),
        calls,
    );

    let insider = person("tomas");
    let binding = format!("{RBAC}/clusterrolebindings/sre");
    let subject = json!([{"op": "add", "path": "/subjects/-", "value":
        {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "felix"}}]);
    let calls = vec![
        insider.get(binding.clone()),
        insider.json_patch(format!("{binding}?fieldManager=kubectl-edit"), subject),
    ];
    let at = Moment::at(4, 13, dice.between(0, 60));
    let mark = attack("escalation", "living-off-the-land", "T1098.006");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}
