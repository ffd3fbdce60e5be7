//! An intruder finds out what a stolen identity may do.
//!
//! **Plain**: reviews and refused reads in a burst, from outside. **Slow**: one question an hour. **Living off
//! the land**: `kubectl auth can-i --list` at a colleague's own machine, at night.

use crate::call::{Call, Expect};
use crate::cast::{Actor, person};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::kubectl;
use crate::timetable::{Pace, Timetable, attack};

const SPACES: [&str; 8] = [
    "shop",
    "payments",
    "data",
    "vault",
    "argocd",
    "monitoring",
    "kube-system",
    "operators",
];

/// The three variants, on different days.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let outside = format!("198.51.100.{}", dice.between(10, 250));
    let omar = person("omar")
        .with_agent("Go-http-client/2.0")
        .from(&outside);
    let mut calls = Vec::new();
    for space in SPACES {
        calls.extend(kubectl::can_i_list(&omar, space));
        calls.push(refused(
            &omar,
            &format!("/api/v1/namespaces/{space}/secrets"),
        ));
    }
    calls.extend(questions(&omar));
    for path in [
        "/api/v1/secrets",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    ] {
        calls.push(refused(&omar, path));
    }
    let at = Moment::at(1, 23, dice.between(0, 60));
    let mark = attack("permission-probing", "plain", "T1613");
    table.add_marked(at, Pace::AtOnce, &mark, calls);

    let chloe = person("chloe").from(&outside);
    let at = Moment::at(2, 19, dice.between(10, 60));
    let mark = attack("permission-probing", "slow", "T1613");
    table.add_marked(at, Pace::Hourly, &mark, questions(&chloe));

    let felix = person("felix");
    let calls = SPACES
        .iter()
        .flat_map(|space| kubectl::can_i_list(&felix, space));
    let at = Moment::at(4, 2, dice.between(0, 60));
    let mark = attack("permission-probing", "living-off-the-land", "T1613");
    table.add_marked(at, Pace::AtOnce, &mark, calls.collect());
}

fn refused(who: &Actor, path: &str) -> Call {
    who.get(path).expecting(Expect::Anything)
}

fn questions(who: &Actor) -> Vec<Call> {
    [
        ("create", "", "pods"),
        ("create", "", "pods/exec"),
        ("get", "", "secrets"),
        ("list", "", "secrets"),
        ("create", "", "serviceaccounts/token"),
        ("get", "", "nodes/proxy"),
        ("impersonate", "", "users"),
        ("create", "apps", "daemonsets"),
        ("escalate", "rbac.authorization.k8s.io", "clusterroles"),
        ("bind", "rbac.authorization.k8s.io", "clusterroles"),
        ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
        (
            "create",
            "admissionregistration.k8s.io",
            "mutatingwebhookconfigurations",
        ),
    ]
    .into_iter()
    .map(|(verb, group, resource)| kubectl::can_i(who, verb, group, resource, "kube-system"))
    .collect()
}
