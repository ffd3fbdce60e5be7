//! What colleagues do by hand that belongs into the repository: one file a kind, several people each.

pub mod deletes;
pub mod environment;
pub mod exec;
pub mod image;
pub mod load_balancer;
pub mod network_policy;
pub mod outside_delivery;
pub mod privileged;
pub mod rbac_rule;
pub mod registry;
pub mod replicas;

use crate::dice::Dice;
use crate::timetable::Timetable;

/// All of it, spread over the working days.
pub fn plan(table: &mut Timetable, seed: u64) {
    let dice = &mut Dice::new(seed, "handmade");
    deletes::plan(table, dice);
    environment::plan(table, dice);
    exec::plan(table, dice);
    image::plan(table, dice);
    load_balancer::plan(table, dice);
    network_policy::plan(table, dice);
    outside_delivery::plan(table, dice);
    privileged::plan(table, dice);
    rbac_rule::plan(table, dice);
    registry::plan(table, dice);
    replicas::plan(table, dice);
}
