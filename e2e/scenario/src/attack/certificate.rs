//! A certificate in a colleague's name is requested, approved and used.
//!
//! **Plain**: in one sitting, from outside. **Slow**: a step an hour.

use crate::benign::onboarding::{REQUESTS, approved, requested};
use crate::call::Call;
use crate::cast::{certificate_holder, person};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

/// Both variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("203.0.113.{}", dice.between(10, 250));
    let at = Moment::at(3, 3, dice.between(0, 60));
    let calls = issued("maya-laptop-2", "maya", &outside);
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("certificate", "plain", "T1098"),
        calls,
    );

    let at = Moment::at(4, 0, dice.between(10, 60));
    let calls = issued("jonas-2026-11", "jonas", &outside);
    table.add_marked(
        at,
        Pace::Hourly,
        &attack("certificate", "slow", "T1098"),
        calls,
    );
}

fn issued(name: &str, user: &str, address: &str) -> Vec<Call> {
    let stolen = person("priya").from(address);
    let forged = certificate_holder(
        name,
        "kubectl/v1.34.2 (linux/amd64) kubernetes/8cc511e",
        address,
    );
    let mut calls = vec![
        requested(&stolen, name, &format!("{name}/{user}/sre")),
        approved(&stolen, name),
        stolen
            .get(format!("{REQUESTS}/{{issued:{name}}}"))
            .keeping(name, "/status/certificate"),
    ];
    for path in [
        "/api/v1/nodes",
        "/api/v1/namespaces/vault/secrets",
        "/api/v1/namespaces/data/secrets/orders-db-superuser",
    ] {
        calls.push(forged.get(path));
    }
    calls
}
