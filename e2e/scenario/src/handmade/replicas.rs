//! Somebody scales by hand what is not scaled by the autoscaler, and what is.

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// Up for the holiday, and down to nothing by mistake.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, namespace, service, replicas) in [
        ("up", 3, "maya", "payments", "orders", 5),
        ("to-zero", 4, "ida", "payments", "shipping", 0),
    ] {
        let path = format!("/apis/apps/v1/namespaces/{namespace}/deployments/{service}");
        let calls = kubectl::scale(&person(who), &path, replicas);
        let at = Moment::at(day, dice.between(9, 18), dice.between(0, 60));
        table.add_marked(at, Pace::AtOnce, &handmade("replicas", variant), calls);
    }
}
