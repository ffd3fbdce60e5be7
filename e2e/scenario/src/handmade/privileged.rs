//! Somebody makes a container privileged "to see what is going on", and forgets it.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// In the shop, whose namespace only warns.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let container = json!({"name": "recommendations", "securityContext": {
        "privileged": true, "allowPrivilegeEscalation": true}});
    let calls = kubectl::set_container(
        &person("jonas"),
        "shop",
        "recommendations",
        "edit",
        &container,
    );
    let at = Moment::at(2, 13, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &handmade("privileged", "container"),
        calls,
    );
}
