//! Tokens of stronger accounts are minted and used.
//!
//! **Plain**: the stolen token of external-secrets mints one of the delivery's, and reads with it. **Living off
//! the land**: `kubectl create token` at an engineer's machine, valid for a month.

use serde_json::{Value, json};

use crate::benign::secrets_sync::controller;
use crate::cast::{person, token_holder};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

const DELIVERY: &str =
    "/api/v1/namespaces/argocd/serviceaccounts/argocd-application-controller/token";

/// Both variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("198.51.100.{}", dice.between(10, 250));
    let agent = "python-requests/2.32.5";
    let thief = controller().with_agent(agent).from(&outside);
    let minted = token_holder("minted delivery token", agent, &outside);
    let calls = vec![
        thief
            .post(DELIVERY, request(86_400 * 30))
            .keeping("minted delivery token", "/status/token"),
        minted.get("/api/v1/secrets"),
        minted.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
        minted.get("/api/v1/namespaces/vault/secrets/vault-unseal"),
    ];
    let at = Moment::at(2, 4, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("token-minting", "plain", "T1528"),
        calls,
    );

    let insider = person("tomas");
    let calls = vec![
        insider
            .post(DELIVERY, request(86_400 * 30))
            .keeping("month's token", "/status/token"),
    ];
    let at = Moment::at(4, 9, dice.between(0, 60));
    let mark = attack("token-minting", "living-off-the-land", "T1528");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}

fn request(seconds: u32) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
           "spec": {"expirationSeconds": seconds}})
}
