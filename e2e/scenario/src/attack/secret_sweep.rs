//! All secrets are read.
//!
//! **Plain**: with a stolen engineer's certificate, from outside, one after the other. **Slow**: with the token
//! of external-secrets, which may, one an hour. **Living off the land**: by an insider's usual kubectl, among
//! ordinary reads.

use crate::benign::secrets_sync::controller;
use crate::call::Call;
use crate::cast::{Actor, person};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, attack};

const SPACES: [&str; 8] = [
    "shop",
    "payments",
    "data",
    "vault",
    "argocd",
    "monitoring",
    "backup",
    "operators",
];
const NAMES: [(&str, &str); 14] = [
    ("shop", "frontend-session"),
    ("shop", "catalog-database"),
    ("shop", "cart-redis"),
    ("shop", "reviews-database"),
    ("payments", "payment-provider"),
    ("payments", "orders-database"),
    ("payments", "shipping-carrier"),
    ("data", "shop-db-superuser"),
    ("data", "orders-db-superuser"),
    ("data", "redis"),
    ("vault", "vault-unseal"),
    ("argocd", "argocd-secret"),
    ("argocd", "repository-shop"),
    ("backup", "object-store"),
];

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("198.51.100.{}", dice.between(10, 250));
    let tomas = person("tomas").from(&outside);
    let mut calls = vec![tomas.get("/api/v1/namespaces?limit=500")];
    for space in SPACES {
        calls.push(tomas.get(format!("/api/v1/namespaces/{space}/secrets?limit=500")));
    }
    calls.extend(read(&tomas, &dice.shuffled(&NAMES)));
    let at = Moment::at(2, 21, dice.between(0, 60));
    let mark = attack("secret-sweep", "plain", "T1552.007");
    table.add_marked(at, Pace::AtOnce, &mark, calls);

    let thief = controller().with_agent("okhttp/5.1.0");
    let at = Moment::at(3, 6, dice.between(10, 60));
    let mark = attack("secret-sweep", "slow", "T1552.007");
    table.add_marked(
        at,
        Pace::Hourly,
        &mark,
        read(&thief, &dice.shuffled(&NAMES)),
    );

    let insider = person("jonas");
    let mut calls = kubectl::list(&insider, "/api/v1/namespaces/payments/pods");
    calls.extend(kubectl::list(&insider, "/api/v1/secrets"));
    calls.extend(read(
        &insider,
        &[("payments", "payment-provider"), ("vault", "vault-unseal")],
    ));
    let at = Moment::at(4, 15, dice.between(0, 60));
    let mark = attack("secret-sweep", "living-off-the-land", "T1552.007");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}

fn read(thief: &Actor, names: &[(&str, &str)]) -> Vec<Call> {
    names
        .iter()
        .map(|(space, name)| thief.get(format!("/api/v1/namespaces/{space}/secrets/{name}")))
        .collect()
}
