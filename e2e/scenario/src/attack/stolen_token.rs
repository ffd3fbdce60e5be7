//! The token of the reviews service is stolen through the web and used.
//!
//! **Plain**: from an address outside, with curl. **Slow**: a call an hour. **Living off the land**: from the
//! pod itself, with the service's own client.

use serde_json::json;

use crate::benign::moderation::service;
use crate::call::{Call, Expect};
use crate::cast::Actor;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("203.0.113.{}", dice.between(10, 250));
    let curl = service().with_agent("curl/8.14.1").from(&outside);
    let at = Moment::at(1, 20, dice.between(0, 60));
    let mark = attack("stolen-token", "plain", "T1528");
    table.add_marked(at, Pace::AtOnce, &mark, taken(&curl));

    let script = service()
        .with_agent("python-requests/2.32.5")
        .from(&outside);
    let at = Moment::at(3, 1, dice.between(10, 60));
    let mark = attack("stolen-token", "slow", "T1528");
    table.add_marked(at, Pace::Hourly, &mark, taken(&script));

    let own = service();
    let mut calls = vec![own.get("/api/v1/namespaces/shop/secrets")];
    for name in ["catalog-database", "frontend-session"] {
        calls.push(own.get(format!("/api/v1/namespaces/shop/secrets/{name}")));
    }
    let at = Moment::at(4, 11, dice.between(0, 60));
    let mark = attack("stolen-token", "living-off-the-land", "T1528");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}

fn taken(thief: &Actor) -> Vec<Call> {
    let mut calls = vec![
        thief.get("/api"),
        thief.post(
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
                   "spec": {"namespace": "shop"}}),
        ),
        thief.get("/api/v1/namespaces/shop/pods"),
        thief.get("/api/v1/namespaces/shop/secrets"),
    ];
    for name in [
        "catalog-database",
        "cart-redis",
        "frontend-session",
        "search-index",
    ] {
        calls.push(thief.get(format!("/api/v1/namespaces/shop/secrets/{name}")));
    }
    for refused in [
        "/api/v1/namespaces/payments/secrets",
        "/api/v1/secrets",
        "/api/v1/nodes",
    ] {
        calls.push(thief.get(refused).expecting(Expect::Refused));
    }
    calls
}
