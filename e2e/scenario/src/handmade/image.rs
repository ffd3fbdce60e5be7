//! Somebody sets another image by hand: the version that worked yesterday.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// A roll-back in a hurry, and a release that nobody reviewed.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, namespace, service, tag) in [
        ("roll-back", 1, "tomas", "shop", "search", "4.0.9"),
        (
            "release",
            3,
            "felix",
            "payments",
            "notifications",
            "0.15.0-beta",
        ),
    ] {
        let image = format!("registry.shop.example/{namespace}/{service}:{tag}");
        let calls = kubectl::set_container(
            &person(who),
            namespace,
            service,
            "set",
            &json!({"name": service, "image": image}),
        );
        let at = Moment::at(day, dice.between(11, 16), dice.between(0, 60));
        table.add_marked(at, Pace::AtOnce, &handmade("image", variant), calls);
    }
}
