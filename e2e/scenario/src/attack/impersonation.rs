//! A stolen identity that may impersonate becomes somebody else.
//!
//! **Plain**: a member of `system:masters`, from outside. **Slow**: a controller's account, a call an hour.
//! **Living off the land**: `kubectl --as` a colleague, from the usual machine.

use serde_json::json;

use crate::call::Call;
use crate::cast::{Actor, person};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("203.0.113.{}", dice.between(10, 250));
    let stolen = person("tomas").from(&outside);
    let master = stolen.acting_as("kubernetes-admin", &["system:masters"]);
    let mut calls = read(&master);
    calls.push(master.post(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/vault/rolebindings",
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
               "metadata": {"name": "vault-operators", "namespace": "vault"},
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "admin"},
               "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "omar"}]}),
    ));
    let at = Moment::at(3, 20, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("impersonation", "plain", "T1550"),
        calls,
    );

    let controller = "system:serviceaccount:argocd:argocd-application-controller";
    let slow = stolen.acting_as(controller, &["system:serviceaccounts"]);
    let at = Moment::at(4, 20, dice.between(10, 60));
    table.add_marked(
        at,
        Pace::Hourly,
        &attack("impersonation", "slow", "T1550"),
        read(&slow),
    );

    let insider = person("jonas").acting_as("ravi", &["payments-leads", "developers"]);
    let calls = vec![
        insider.get("/api/v1/namespaces/payments/secrets?limit=500"),
        insider.get("/api/v1/namespaces/payments/secrets/payment-provider"),
    ];
    let at = Moment::at(2, 14, dice.between(0, 60));
    let mark = attack("impersonation", "living-off-the-land", "T1550");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}

fn read(who: &Actor) -> Vec<Call> {
    [
        "/api/v1/namespaces",
        "/api/v1/namespaces/vault/secrets",
        "/api/v1/namespaces/vault/secrets/vault-unseal",
    ]
    .map(|path| who.get(path))
    .to_vec()
}
