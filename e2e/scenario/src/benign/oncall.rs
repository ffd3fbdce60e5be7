//! Site-reliability engineers look at things: all day long, and at night when they are called.

use crate::call::{Call, Expect};
use crate::cast::{Actor, SRE, person};
use crate::clock::{HOUR, Moment};
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Timetable, working_hours};

/// Where they look, and for what.
const PLACES: [(&str, &str); 13] = [
    ("shop", "frontend"),
    ("shop", "cart"),
    ("shop", "catalog"),
    ("shop", "search"),
    ("shop", "reviews"),
    ("payments", "checkout"),
    ("payments", "payment"),
    ("payments", "orders"),
    ("data", "redis"),
    ("data", "orders-db"),
    ("vault", "vault"),
    ("monitoring", "prometheus"),
    ("ingress-nginx", "ingress-nginx"),
];

/// Sittings of every engineer on working days, and of the one on call on every night and weekend.
pub fn plan(table: &mut Timetable, seed: u64, days: i64) {
    let mut dice = Dice::new(seed, "oncall");
    for day in 0..days {
        let on_call = SRE[usize::try_from(day).unwrap_or(0) % SRE.len()];
        for name in SRE {
            let weekend = day % 7 >= 5;
            let busy = if day == 4 { 22 } else { 14 };
            let sittings = match (weekend, name == on_call) {
                (true, true) => 12,
                (true, false) => 0,
                (false, _) => busy + dice.between(-3, 4),
            };
            if sittings > 0 {
                table.add(
                    Moment::at(day, 8, dice.between(0, 30)),
                    kubectl::discovery(&person(name)),
                );
            }
            for _ in 0..sittings {
                let calls = look(&mut dice, &person(name));
                table.add(working_hours(&mut dice, day), calls);
            }
        }
        for _ in 0..dice.between(1, 4) {
            let night = Moment(day * 24 * HOUR + dice.between(18 * HOUR, 30 * HOUR));
            let calls = look(&mut dice, &person(on_call));
            if night < Moment::at(days, 0, 0) {
                table.add(night, calls);
            }
        }
    }
}

fn look(dice: &mut Dice, who: &Actor) -> Vec<Call> {
    let &(namespace, app) = dice.pick(&PLACES);
    let pod = format!("{{pod:{namespace}/{app}/{}}}", dice.between(0, 2));
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let mut calls = kubectl::list(who, &pods);
    match dice.between(0, 9) {
        0 | 1 => {
            calls.extend(kubectl::describe_pod(who, namespace, &pod));
            calls.extend(kubectl::logs(who, namespace, &pod, app));
        }
        2 => {
            calls.extend(kubectl::list(who, "/api/v1/nodes"));
            calls.extend(kubectl::list(who, "/api/v1/events"));
            calls.push(who.get("/api/v1/nodes/node-1"));
        }
        3 => calls.extend(kubectl::top(who, namespace)),
        4 => {
            let hpas = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers";
            calls.extend(kubectl::list(who, hpas));
            calls.extend(kubectl::list(
                who,
                "/apis/apps/v1/namespaces/shop/deployments",
            ));
        }
        5 => {
            calls.extend(kubectl::list(who, "/apis/networking.k8s.io/v1/ingresses"));
            calls.extend(kubectl::list(
                who,
                &format!("/api/v1/namespaces/{namespace}/services"),
            ));
            calls.extend(kubectl::list(
                who,
                &format!("/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"),
            ));
        }
        6 => {
            let names = format!("/api/v1/namespaces/{namespace}/configmaps");
            calls.extend(kubectl::list(who, &names));
            // Looking whether a secret is there belongs to the job.
            calls.extend(kubectl::list(
                who,
                &format!("/api/v1/namespaces/{namespace}/secrets"),
            ));
        }
        7 => {
            calls.extend(kubectl::list(who, "/apis/batch/v1/jobs"));
            calls.extend(kubectl::list(who, "/apis/batch/v1/cronjobs"));
        }
        _ => {
            calls.extend(kubectl::logs(who, namespace, &pod, app));
            let missing = format!("{pods}/{app}-old");
            calls.push(who.get(missing).expecting(Expect::Missing));
        }
    }
    calls
}
