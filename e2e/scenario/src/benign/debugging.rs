//! Debugging with a ticket: an engineer writes the ticket on the pod, then opens a shell in it. It looks
//! like an intrusion, and is none.

use serde_json::json;

use crate::call::Expect;
use crate::cast::{SRE, person};
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Timetable, working_hours};

/// About two a working day.
pub fn plan(table: &mut Timetable, seed: u64, days: i64) {
    let mut dice = Dice::new(seed, "debugging");
    for day in (0..days).filter(|day| day % 7 < 5) {
        for _ in 0..dice.between(1, 4) {
            let who = person(dice.pick::<&str>(&SRE));
            let &(namespace, app) = dice.pick(&[
                ("shop", "search"),
                ("shop", "cart"),
                ("payments", "orders"),
                ("data", "redis"),
                ("ingress-nginx", "ingress-nginx"),
            ]);
            let pod = format!("{{pod:{namespace}/{app}/0}}");
            let ticket = format!("OPS-{}", dice.between(4100, 4900));
            let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
            let mut calls = kubectl::describe_pod(&who, namespace, &pod);
            calls.push(
                who.merge(
                    format!("{path}?fieldManager=kubectl-annotate"),
                    json!({"metadata": {"annotations": {"shop.example/ticket": ticket}}}),
                )
                .expecting(Expect::Anything),
            );
            calls.extend(kubectl::exec(&who, namespace, &pod, &["sh"]));
            calls.extend(kubectl::logs(&who, namespace, &pod, app));
            table.add(working_hours(&mut dice, day), calls);
        }
    }
}
