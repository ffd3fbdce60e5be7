//! Somebody runs an image from a registry that the shop does not use.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, handmade};

/// A cache from a public registry, and a colleague's own build.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    for (variant, day, who, namespace, workload, container, image) in [
        (
            "public",
            2,
            "maya",
            "monitoring",
            "grafana",
            "grafana",
            "docker.io/grafana/grafana-oss:nightly",
        ),
        (
            "private",
            3,
            "omar",
            "shop",
            "recommendations",
            "recommendations",
            "ghcr.io/omar-builds/recommendations:dev",
        ),
    ] {
        let calls = kubectl::set_container(
            &person(who),
            namespace,
            workload,
            "set",
            &json!({"name": container, "image": image}),
        );
        let at = Moment::at(day, dice.between(10, 18), dice.between(0, 60));
        table.add_marked(at, Pace::AtOnce, &handmade("registry", variant), calls);
    }
}
