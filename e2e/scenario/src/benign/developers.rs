//! Developers look after their services and try things in the sandbox.

use serde_json::json;

use crate::call::{Call, Expect};
use crate::cast::{Actor, DEVELOPERS, person};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Timetable, working_hours};

const STOREFRONT: [&str; 6] = [
    "frontend",
    "catalog",
    "cart",
    "search",
    "recommendations",
    "reviews",
];
const PAYMENTS: [&str; 5] = ["checkout", "payment", "orders", "shipping", "notifications"];

/// Sittings on working days.
pub fn plan(table: &mut Timetable, seed: u64, days: i64) {
    let mut dice = Dice::new(seed, "developers");
    for day in (0..days).filter(|day| day % 7 < 5) {
        for name in DEVELOPERS {
            let who = person(name);
            table.add(
                Moment::at(day, 8, dice.between(20, 60)),
                kubectl::discovery(&who),
            );
            for _ in 0..dice.between(7, 13) {
                let calls = sitting(&mut dice, &who, name);
                table.add(working_hours(&mut dice, day), calls);
            }
        }
    }
}

fn sitting(dice: &mut Dice, who: &Actor, name: &str) -> Vec<Call> {
    let (namespace, app) = match name {
        "lena" | "omar" | "chloe" => ("shop", *dice.pick(&STOREFRONT)),
        _ => ("payments", *dice.pick(&PAYMENTS)),
    };
    let pod = format!("{{pod:{namespace}/{app}/{}}}", dice.between(0, 2));
    match dice.between(0, 12) {
        0..=3 => {
            let mut calls = kubectl::list(who, &format!("/api/v1/namespaces/{namespace}/pods"));
            calls.extend(kubectl::logs(who, namespace, &pod, app));
            calls
        }
        4 | 5 => kubectl::describe_pod(who, namespace, &pod),
        6 => kubectl::list(
            who,
            &format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
        ),
        7 => kubectl::top(who, namespace),
        // Everybody tries it once: the values of production secrets are not for developers, until somebody
        // widens their role by hand.
        8 if matches!(name, "omar" | "chloe" | "ida" | "felix") => vec![
            who.get(format!("/api/v1/namespaces/{namespace}/secrets?limit=500"))
                .expecting(Expect::Anything),
        ],
        9 => {
            let scratch = "/apis/apps/v1/namespaces/dev-sandbox/deployments/scratch";
            let tag = dice.between(1, 9);
            let mut calls = kubectl::change(
                who,
                scratch,
                "set",
                json!({"spec": {"template": {"spec": {"containers": [
                    {"name": "scratch", "image": format!("registry.shop.example/shop/frontend:3.12.0-rc{tag}")}]}}}}),
            );
            calls.extend(kubectl::rollout_status(who, "dev-sandbox", "scratch"));
            calls
        }
        10 => {
            let pod = "{pod:dev-sandbox/scratch/0}";
            kubectl::exec(who, "dev-sandbox", pod, &["sh"])
        }
        11 => kubectl::port_forward(who, "dev-sandbox", "{pod:dev-sandbox/scratch/0}", 8080),
        _ => kubectl::list(who, &format!("/api/v1/namespaces/{namespace}/events")),
    }
}
