//! Somebody deletes things by hand.

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// A pod that hung, a `ConfigMap` that seemed unused, a budget that stood in the way.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, path) in [
        (
            "pod",
            1,
            "chloe",
            "/api/v1/namespaces/shop/pods/{pod:shop/frontend/0}",
        ),
        (
            "pod",
            3,
            "felix",
            "/api/v1/namespaces/payments/pods/{pod:payments/checkout/1}",
        ),
        (
            "config-map",
            2,
            "omar",
            "/api/v1/namespaces/shop/configmaps/cart",
        ),
        (
            "budget",
            3,
            "tomas",
            "/apis/policy/v1/namespaces/payments/poddisruptionbudgets/checkout",
        ),
        (
            "autoscaler",
            4,
            "maya",
            "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/search",
        ),
    ] {
        let calls = kubectl::delete(&person(who), path);
        let at = Moment::at(day, dice.between(9, 18), dice.between(0, 60));
        table.add_marked(at, Pace::AtOnce, &handmade("delete", variant), calls);
    }
}
