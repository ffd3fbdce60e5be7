//! An intruder runs commands in many pods.
//!
//! **Plain**: one after the other, from outside. **Slow**: one an hour, at night. **Living off the land**: an
//! engineer's machine copies the data of two databases with `kubectl cp`.

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, attack};

const PODS: [(&str, &str); 10] = [
    ("shop", "frontend"),
    ("shop", "catalog"),
    ("shop", "cart"),
    ("shop", "search"),
    ("shop", "reviews"),
    ("payments", "checkout"),
    ("payments", "payment"),
    ("payments", "orders"),
    ("data", "redis"),
    ("vault", "vault"),
];

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("203.0.113.{}", dice.between(10, 250));
    let priya = person("priya").from(&outside);
    let mut calls = Vec::new();
    for (namespace, app) in dice.shuffled(&PODS) {
        for number in 0..2 {
            let pod = format!("{{pod:{namespace}/{app}/{number}}}");
            calls.push(kubectl::run(
                &priya,
                namespace,
                &pod,
                &["sh", "-c", "env; cat /etc/passwd"],
            ));
        }
    }
    let at = Moment::at(3, 22, dice.between(0, 60));
    let mark = attack("exec-storm", "plain", "T1609");
    table.add_marked(at, Pace::AtOnce, &mark, calls);

    let chloe = person("chloe");
    let shop = PODS.iter().filter(|(namespace, _)| *namespace == "shop");
    let calls = shop.map(|(namespace, app)| {
        kubectl::run(
            &chloe,
            namespace,
            &format!("{{pod:{namespace}/{app}/0}}"),
            &["id"],
        )
    });
    let at = Moment::at(3, 0, dice.between(10, 60));
    let mark = attack("exec-storm", "slow", "T1609");
    table.add_marked(at, Pace::Hourly, &mark, calls.collect());

    let jonas = person("jonas");
    let mut calls = Vec::new();
    for app in ["orders-db", "shop-db"] {
        let pod = format!("{{pod:data/{app}/0}}");
        let copy = ["tar", "cf", "-", "/var/lib/postgresql"];
        calls.extend(kubectl::exec(&jonas, "data", &pod, &copy));
    }
    let at = Moment::at(4, 17, dice.between(0, 60));
    let mark = attack("exec-storm", "living-off-the-land", "T1609");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}
