//! Somebody removes a `NetworkPolicy` because "nothing else helped".

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// One service's policy, then the namespace's default.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, namespace, name) in [
        ("of-a-service", 2, "priya", "payments", "payment"),
        ("default-deny", 4, "jonas", "data", "default-deny"),
    ] {
        let path =
            format!("/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/{name}");
        let mut calls = vec![person(who).get(path.clone())];
        calls.extend(kubectl::delete(&person(who), &path));
        let at = Moment::at(day, dice.between(10, 17), dice.between(0, 60));
        table.add_marked(
            at,
            Pace::AtOnce,
            &handmade("network-policy", variant),
            calls,
        );
    }
}
