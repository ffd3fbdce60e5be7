//! Somebody changes an environment variable by hand.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// More logging by `kubectl set env`, and a payment endpoint by `kubectl edit`.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, namespace, service, command, name, value) in [
        (
            "log-level",
            1,
            "omar",
            "shop",
            "catalog",
            "set",
            "LOG_LEVEL",
            "debug",
        ),
        (
            "endpoint",
            2,
            "ravi",
            "payments",
            "checkout",
            "edit",
            "PAYMENT_URL",
            "http://payment-v2.payments",
        ),
    ] {
        let container = json!({"name": service, "env": [{"name": name, "value": value}]});
        let calls = kubectl::set_container(&person(who), namespace, service, command, &container);
        let at = Moment::at(day, dice.between(9, 17), dice.between(0, 60));
        table.add_marked(at, Pace::AtOnce, &handmade("environment", variant), calls);
    }
}
