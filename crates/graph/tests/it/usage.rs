//! What a log says of the arcs: used, not seen, or unknown.

use catseye_graph::topology::NO_FIX;
use catseye_graph::usage::{Usage, Usages};
use catseye_graph::used::{Call, Used};
use catseye_graph::{Graph, Node};
use serde_json::json;

use crate::world::{inventory, power, with_graph, workload};

fn call(user: &str, verb: &str, resource: &str, namespace: &str, name: &str) -> Call {
    Call {
        user: user.to_owned(),
        groups: vec![
            "system:serviceaccounts".into(),
            "system:authenticated".into(),
        ],
        verb: verb.to_owned(),
        group: String::new(),
        resource: resource.to_owned(),
        path: String::new(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

const WEB: &str = "system:serviceaccount:shop:web";

/// The usage of the edges of a kind, worst known first, from a log of some calls.
fn usage(kind: &str, calls: &[Call]) -> Vec<Usage> {
    let rule = json!({"apiGroups": [""], "resources": ["pods", "pods/exec", "secrets"],
        "verbs": ["get", "list", "create"]});
    let mut objects = workload("shop", "web", false);
    objects.extend(workload("data", "db", false));
    objects.extend(power("p", Some("data"), &rule, ("shop", "web")));
    with_graph(&inventory(objects), |graph| {
        let mut used = Used::new();
        for call in calls {
            used.call(call.clone(), None);
        }
        let usages = Usages::of(graph, &used);
        let mut found: Vec<Usage> = of_people(graph, kind).map(|arc| usages.arc(arc)).collect();
        found.dedup();
        found
    })
}

/// The arcs of a kind that an object shows.
fn of_people<'g>(graph: &'g Graph<'_>, kind: &'g str) -> impl Iterator<Item = u32> + 'g {
    (0_u32..)
        .zip(graph.topology().arcs())
        .filter(move |(number, arc)| {
            let is_kind = graph.kind(*number).is_some_and(|own| own.id == kind);
            let is_web = !matches!(
                graph.node(arc.to),
                Node::ServiceAccount(namespace, _) if namespace != "shop"
            );
            is_kind && is_web && arc.fix != NO_FIX
        })
        .map(|(number, _)| number)
}

fn times(usages: &[Usage]) -> Vec<Option<u64>> {
    let times = |usage: &Usage| match usage {
        Usage::Seen(seen) => Some(seen.times),
        _ => None,
    };
    usages.iter().map(times).collect()
}

#[test]
fn without_a_log_nothing_is_known() {
    assert_eq!(usage("POD_EXEC", &[]), [Usage::Unknown]);
}

#[test]
fn a_call_marks_the_step_that_it_is_and_no_other_step_of_the_rule() {
    let calls = [
        call(WEB, "create", "pods/exec", "data", "db-0"),
        call(WEB, "create", "pods/exec", "data", "db-1"),
    ];
    assert_eq!(times(&usage("POD_EXEC", &calls)), [Some(2)]);
    assert_eq!(times(&usage("HAS_PERMISSION", &calls)), [Some(2)]);
    assert_eq!(times(&usage("IDENTITY_ASSUME", &calls)), [Some(2)]);
    assert_eq!(usage("POD_CREATE", &calls), [Usage::NotSeen]);
}

#[test]
fn calls_of_others_and_elsewhere_mark_nothing() {
    let calls = [
        call("jane", "create", "pods/exec", "data", "db-0"),
        call(WEB, "create", "pods/exec", "shop", "web-0"),
        call("jane", "get", "pods", "data", "db-0"),
    ];
    assert_eq!(usage("POD_EXEC", &calls), [Usage::NotSeen]);
    assert_eq!(usage("HAS_PERMISSION", &calls), [Usage::NotSeen]);
}

#[test]
fn a_log_without_reading_calls_says_nothing_about_reading() {
    let calls = [call(WEB, "create", "pods/exec", "data", "db-0")];
    assert_eq!(usage("SECRET_READ", &calls), [Usage::Unknown]);
    let calls = [call(WEB, "get", "pods", "data", "db-0")];
    assert_eq!(usage("SECRET_READ", &calls), [Usage::NotSeen]);
}

#[test]
fn a_fix_that_takes_away_what_is_used_is_not_called_unused() {
    let rule = json!({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]});
    let mut objects = workload("shop", "web", false);
    objects.extend(power("p", Some("shop"), &rule, ("shop", "web")));
    with_graph(&inventory(objects), |graph| {
        let arc = of_people(graph, "POD_EXEC").next().unwrap();
        let fix = graph.topology().arc(arc).fix;
        let mut used = Used::new();
        used.call(call("jane", "get", "pods", "shop", "web-0"), None);
        assert_eq!(Usages::of(graph, &used).fix(graph, fix), Usage::NotSeen);
        used.call(call(WEB, "create", "pods/exec", "shop", "web-0"), None);
        let usage = Usages::of(graph, &used).fix(graph, fix);
        assert_eq!(times(&[usage]), [Some(1)]);
    });
}
