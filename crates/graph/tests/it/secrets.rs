//! Which secret is worth showing: others', before a program's own.

use catseye_graph::analysis::{Analysis, Question, analyse};
use catseye_graph::topology::Without;
use catseye_graph::{Graph, Node};
use serde_json::{Value, json};

use crate::world::{door, inventory, power, with_graph, workload};

/// Two workloads, each with a secret of its own in a variable.
fn cluster() -> Vec<Value> {
    let mut objects = Vec::new();
    for (space, name) in [("shop", "web"), ("data", "db")] {
        for mut object in workload(space, name, false) {
            if object["kind"] == "Deployment" {
                object["spec"]["template"]["spec"]["containers"][0]["envFrom"] =
                    json!([{"secretRef": {"name": "own"}}]);
            }
            objects.push(object);
        }
        objects.push(json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "own", "namespace": space}}));
    }
    objects
}

fn secrets(graph: &Graph<'_>, from: Option<u32>) -> Analysis {
    let question = Question {
        from,
        to: None,
        ways: 3,
        fixes: 0,
    };
    analyse(graph, &question, &Without::nothing())
}

#[test]
fn a_secret_of_others_comes_before_a_programs_own() {
    let mut objects = cluster();
    let rule = json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]});
    objects.extend(power("p", Some("data"), &rule, ("shop", "web")));
    with_graph(&inventory(objects), |graph| {
        let found = secrets(graph, None);
        let first = &found.ways[0];
        assert_eq!(graph.node(first.target), Node::Secret("data", "own"));
        assert!(
            first
                .steps
                .iter()
                .any(|step| step.kind.is_some_and(|kind| kind.id == "SECRET_READ"))
        );
    });
}

#[test]
fn a_programs_own_secret_counts_in_full_for_who_comes_from_outside() {
    let mut objects = cluster();
    objects.push(door("shop", "web"));
    with_graph(&inventory(objects), |graph| {
        let found = secrets(graph, None);
        assert_eq!(graph.node(found.ways[0].start), Node::Internet);
        assert_eq!(
            graph.node(found.ways[0].target),
            Node::Secret("shop", "own")
        );
        assert!((found.ways[0].points - 40.0 * found.ways[0].chance).abs() < 1e-9);
    });
}

#[test]
fn a_programs_own_secret_alone_counts_a_tenth() {
    with_graph(&inventory(cluster()), |graph| {
        let found = secrets(graph, None);
        assert!((found.ways[0].points - 4.0 * found.ways[0].chance).abs() < 1e-9);
    });
}
