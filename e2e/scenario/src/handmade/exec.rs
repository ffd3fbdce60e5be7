//! Somebody opens a shell in production, without a ticket.

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// Three people, three pods.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, namespace, app, command) in [
        ("shell", 1, "lena", "shop", "cart", &["bash"][..]),
        ("shell", 2, "ida", "payments", "orders", &["sh"][..]),
        (
            "query",
            3,
            "tomas",
            "data",
            "orders-db",
            &["psql", "-c", "select count(*) from orders"][..],
        ),
    ] {
        let pod = format!("{{pod:{namespace}/{app}/0}}");
        let calls = kubectl::exec(&person(who), namespace, &pod, command);
        let at = Moment::at(day, dice.between(9, 18), dice.between(0, 60));
        table.add_marked(at, Pace::AtOnce, &handmade("exec", variant), calls);
    }
}
