//! Chains planted by a seeded generator: edges, costs, choke points and cuts are what a brute-force
//! reference over the plan says.

use std::collections::{BTreeMap, BTreeSet};

use catseye_graph::solve::Sources;
use catseye_graph::solve::cheapest::{UNREACHED, cheapest};
use catseye_graph::solve::required::{required_fixes, required_nodes};
use catseye_graph::topology::{Without, cost_of};
use catseye_graph::{Graph, Node, edge};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{door, inventory, power, with_graph, workload};

/// What the account of one workload may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Means {
    /// Start programs in the pods of another.
    Exec(usize),
    /// Ask for a token of another's account.
    Token(usize),
    /// Read the secret that holds a lasting token of another's account.
    Secret(usize),
    /// Change what the API server stores: everything, and nothing else by another kind of edge.
    Webhook,
}

/// A cluster: how many workloads, which have doors, who may do what.
#[derive(Debug, Clone)]
struct Plan {
    workloads: usize,
    doors: BTreeSet<usize>,
    powers: Vec<(usize, Means)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    (2..7_usize).prop_flat_map(|workloads| {
        let means = prop_oneof![
            3 => (0..workloads).prop_map(Means::Exec),
            3 => (0..workloads).prop_map(Means::Token),
            3 => (0..workloads).prop_map(Means::Secret),
            2 => Just(Means::Webhook),
        ];
        (
            prop::collection::btree_set(0..workloads, 1..3),
            prop::collection::vec((0..workloads, means), 1..10),
        )
            .prop_map(move |(doors, mut powers)| {
                powers.sort_unstable();
                powers.dedup();
                powers.retain(|(own, means)| {
                    !matches!(means, Means::Exec(to) | Means::Token(to) | Means::Secret(to) if to == own)
                });
                Plan {
                    workloads,
                    doors,
                    powers,
                }
            })
    })
}

fn objects(plan: &Plan) -> Vec<Value> {
    let name = |place: usize| format!("w{place}");
    let space = |place: usize| format!("s{place}");
    let mut objects = Vec::new();
    for place in 0..plan.workloads {
        objects.extend(workload(&space(place), &name(place), false));
        objects.push(json!({"apiVersion": "v1", "kind": "Secret",
            "type": "kubernetes.io/service-account-token",
            "metadata": {"name": "lasting", "namespace": space(place),
                "annotations": {"kubernetes.io/service-account.name": name(place)}}}));
        if plan.doors.contains(&place) {
            objects.push(door(&space(place), &name(place)));
        }
    }
    for (number, (own, means)) in plan.powers.iter().enumerate() {
        let account = (space(*own), name(*own));
        let (to, rule) = match means {
            Means::Exec(to) => (
                Some(space(*to)),
                json!({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}),
            ),
            Means::Token(to) => (
                Some(space(*to)),
                json!({"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"], "resourceNames": [name(*to)]}),
            ),
            Means::Secret(to) => (
                Some(space(*to)),
                json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["lasting"]}),
            ),
            Means::Webhook => (
                None,
                json!({"apiGroups": ["admissionregistration.k8s.io"], "resources": ["mutatingwebhookconfigurations"], "verbs": ["patch"]}),
            ),
        };
        objects.extend(power(
            &format!("p{number}"),
            to.as_deref(),
            &rule,
            (&account.0, &account.1),
        ));
    }
    objects
}

/// A place in the plan: code in a workload, its account, the internet, everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Internet,
    Code(usize),
    Account(usize),
    Everything,
}

/// A way from place to place; the power that it needs, if any.
type Way = (Place, Place, u32, Option<usize>);

/// The plan as a graph, with what each way costs by the kinds of edges that it is made of.
fn ways(plan: &Plan) -> Vec<Way> {
    let cost = |ids: &[&str]| -> u32 {
        ids.iter()
            .map(|id| u32::from(cost_of(edge::find(id).expect("a kind").success)))
            .sum()
    };
    let mut ways = Vec::new();
    for place in 0..plan.workloads {
        let assume = cost(&["IDENTITY_ASSUME"]);
        ways.push((Place::Code(place), Place::Account(place), assume, None));
        if plan.doors.contains(&place) {
            let through = cost(&["EXPOSE_LB", "ENDPOINT_EXPLOIT"]);
            ways.push((Place::Internet, Place::Code(place), through, None));
        }
    }
    for (number, (own, means)) in plan.powers.iter().enumerate() {
        let (to, ids): (Place, &[&str]) = match means {
            Means::Exec(to) => (
                Place::Code(*to),
                &["HAS_PERMISSION", "POD_EXEC", "CONTAINS"],
            ),
            Means::Token(to) => (Place::Account(*to), &["HAS_PERMISSION", "TOKEN_REQUEST"]),
            Means::Secret(to) => (
                Place::Account(*to),
                &["HAS_PERMISSION", "SECRET_READ", "SECRET_TOKEN"],
            ),
            Means::Webhook => (Place::Everything, &["HAS_PERMISSION", "WEBHOOK_CONTROL"]),
        };
        ways.push((Place::Account(*own), to, cost(ids), Some(number)));
    }
    ways
}

/// What each place costs from the internet, by trying until nothing changes.
fn costs(ways: &[Way]) -> BTreeMap<Place, u32> {
    let mut costs = BTreeMap::from([(Place::Internet, 0)]);
    loop {
        let before = costs.clone();
        for (from, to, cost, _) in ways {
            if let Some(known) = before.get(from) {
                let whole = known + cost;
                let best = costs.entry(*to).or_insert(whole);
                *best = (*best).min(whole);
            }
        }
        if costs == before {
            return costs;
        }
    }
}

fn place_of(graph: &Graph<'_>, node: Node<'_>) -> Option<Place> {
    let number = |name: &str| name.get(1..)?.parse().ok();
    match node {
        Node::Internet => Some(Place::Internet),
        Node::Container(id, 0) => Some(Place::Code(number(graph.inventory().object(id).name())?)),
        Node::ServiceAccount(space, name) if space.starts_with('s') && name.starts_with('w') => {
            Some(Place::Account(number(name)?))
        }
        Node::ClusterAdmin => Some(Place::Everything),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn costs_choke_points_and_cuts_are_those_of_the_plan(plan in plans()) {
        let ways = ways(&plan);
        let expected = costs(&ways);
        let inventory = inventory(objects(&plan));
        with_graph(&inventory, |graph| {
            let internet = graph.number(Node::Internet).expect("the internet");
            let sources = Sources::one(internet);
            let none = Without::nothing();
            let found = cheapest(graph.topology(), &sources, &none);
            let mut places = BTreeMap::new();
            for (number, node) in graph.nodes() {
                if let Some(place) = place_of(graph, node)
                    && found.cost(number) != UNREACHED
                {
                    places.insert(place, found.cost(number));
                }
            }
            prop_assert_eq!(&places, &expected);

            let Some(admin) = graph.number(Node::ClusterAdmin) else {
                return Ok(());
            };
            let choke: BTreeSet<Place> = required_nodes(graph.topology(), &sources, admin, &none)
                .into_iter()
                .filter_map(|node| place_of(graph, graph.node(node)))
                .collect();
            let is_reached = expected.contains_key(&Place::Everything);
            let needed: BTreeSet<Place> = expected
                .keys()
                .filter(|place| is_reached && **place != Place::Everything)
                .filter(|place| {
                    let without: Vec<Way> = ways
                        .iter()
                        .filter(|(from, to, ..)| from != *place && to != *place)
                        .copied()
                        .collect();
                    **place == Place::Internet || !costs(&without).contains_key(&Place::Everything)
                })
                .copied()
                .collect();
            prop_assert_eq!(choke, needed);

            let cuts: BTreeSet<String> = required_fixes(graph.topology(), &sources, admin, &none)
                .into_iter()
                .map(|fix| graph.fix_text(fix))
                .filter(|text| text.contains("Binding"))
                .collect();
            let expected_cuts = (0..plan.powers.len()).filter(|number| {
                let without: Vec<Way> = ways
                    .iter()
                    .filter(|(.., power)| *power != Some(*number))
                    .copied()
                    .collect();
                is_reached && !costs(&without).contains_key(&Place::Everything)
            });
            let expected_cuts: Vec<usize> = expected_cuts.collect();
            prop_assert_eq!(cuts.len(), expected_cuts.len(), "{:?} {:?}", cuts, expected_cuts);
            for number in expected_cuts {
                let named = cuts.iter().any(|text| {
                    text.contains(&format!("/p{number},")) || text.contains(&format!(" p{number},"))
                });
                prop_assert!(named, "p{} in {:?}", number, cuts);
            }
            Ok(())
        })?;
    }

    #[test]
    fn powers_are_edges_and_nothing_else_is(plan in plans()) {
        let inventory = inventory(objects(&plan));
        with_graph(&inventory, |graph| {
            let open = graph.joints_from(|_| true);
            let mut found = BTreeSet::new();
            for (number, node) in graph.nodes() {
                let Node::Permissions(_) = node else { continue };
                let name = graph.name(number);
                let Some(power) = name.rsplit([' ', '/', 'p']).next().and_then(|n| n.parse::<usize>().ok())
                else { continue };
                for hop in graph.steps_from(number, &open) {
                    found.insert((power, hop.kind.id, graph.name(hop.to)));
                }
            }
            let mut expected = BTreeSet::new();
            for (number, (_, means)) in plan.powers.iter().enumerate() {
                let (kind, to) = match means {
                    Means::Exec(to) => ("POD_EXEC", format!("the pods of Deployment s{to}/w{to}")),
                    Means::Token(to) => ("TOKEN_REQUEST", format!("ServiceAccount s{to}/w{to}")),
                    Means::Secret(to) => ("SECRET_READ", format!("Secret s{to}/lasting")),
                    Means::Webhook => ("WEBHOOK_CONTROL", "the whole cluster".to_owned()),
                };
                expected.insert((number, kind, to));
            }
            prop_assert_eq!(found, expected);
            Ok(())
        })?;
    }
}
