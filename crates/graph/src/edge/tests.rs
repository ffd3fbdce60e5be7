//! The fixtures of every edge kind, and the table held to its own rules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use catseye_model::{Completeness, Inventory, Object, yaml};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;

use super::ALL;
use crate::{Config, Graph, Node};

/// The Inventory that a fixture describes.
pub(crate) fn inventory(fixture: &str) -> Inventory {
    let mut objects = Vec::new();
    for document in yaml::documents(fixture) {
        let value = document
            .content
            .unwrap_or_else(|err| panic!("{err}\n{fixture}"));
        if value.is_null() {
            continue;
        }
        let (read, errors) = Object::read(value, None);
        assert!(errors.is_empty(), "{errors:?}\n{fixture}");
        objects.extend(read);
    }
    Inventory::new(objects, Completeness::Tree)
}

/// The edges of one kind, in words, those through joints told by their ends.
fn edges(fixture: &str, id: &str) -> Vec<String> {
    let inventory = inventory(fixture);
    let rbac = Rbac::of(&inventory);
    let reach = Reach::of(&inventory);
    let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
    // What the fixture itself gives: not what Kubernetes grants to its own controllers.
    let given = |number: u32| match graph.node(number) {
        Node::Permissions(_) => rbac.roles().any(|(_, role)| {
            role.object.is_some() && graph.name(number).starts_with(&role.to_string())
        }),
        // The controllers of Kubernetes, and what follows from power that nobody gave.
        Node::ServiceAccount("kube-system", _)
        | Node::User(_)
        | Node::Group(_)
        | Node::Namespace(_)
        | Node::ControlPlane
        | Node::ClusterAdmin => false,
        node => !node.is_joint(),
    };
    let open = graph.joints_from(given);
    let mut found = BTreeSet::new();
    for (number, node) in graph.nodes() {
        let is_power = matches!(node, Node::Namespace(_)) && id == "NAMESPACE_ADMIN";
        if !given(number) && !is_power {
            continue;
        }
        for step in graph.steps_from(number, &open) {
            if step.kind.id == id && !graph.is_of_kubernetes_alone(&step) {
                found.insert(format!("{} -> {}", graph.name(number), graph.name(step.to)));
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn fixtures_that_have_an_edge_have_it() {
    let mut complaints = String::new();
    let mut text = String::new();
    for kind in ALL {
        let _ = writeln!(text, "# {}", kind.id);
        for fixture in kind.has {
            let edges = edges(fixture, kind.id);
            if edges.is_empty() {
                let _ = writeln!(complaints, "{} finds nothing in:\n{fixture}", kind.id);
            }
            for edge in edges {
                let _ = writeln!(text, "{edge}");
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
    insta::assert_snapshot!(text);
}

#[test]
fn fixtures_that_lack_an_edge_lack_it() {
    let mut complaints = String::new();
    for kind in ALL {
        for fixture in kind.lacks {
            let edges = edges(fixture, kind.id);
            if !edges.is_empty() {
                let _ = writeln!(complaints, "{} finds {edges:?} in:\n{fixture}", kind.id);
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn kinds_are_well_formed() {
    let mut ids = BTreeSet::new();
    for kind in ALL {
        assert!(ids.insert(kind.id), "{} stands twice", kind.id);
        assert_eq!(kind.id, kind.file_name().to_uppercase());
        assert!(kind.attack.starts_with('T'), "{}", kind.id);
        assert!((1..=100).contains(&kind.success), "{}", kind.id);
        assert!(kind.says.contains("{to}"), "{}", kind.id);
        assert!(!kind.title().ends_with('.'), "{}", kind.id);
        assert!(kind.precondition().len() > 40, "{}", kind.id);
        assert!(kind.fix().len() > 10, "{}", kind.id);
        assert!(
            kind.trace.len() > 10 && !kind.trace.ends_with('.'),
            "{}",
            kind.id
        );
    }
}

#[test]
fn the_catalogue_is_answered_or_says_why_not() {
    let mut answering = BTreeSet::new();
    for line in include_str!("../../catalogue.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some((_, reason)) = line.split_once(" - ") {
            assert!(reason.len() > 20, "{line}: no reason");
            continue;
        }
        let (id, kinds) = line.split_once(" = ").unwrap_or((line, line));
        for kind in kinds.split(' ') {
            assert!(super::find(kind).is_some(), "{id}: no kind {kind}");
            answering.insert(kind);
        }
    }
    let known: BTreeSet<&str> = ALL.iter().map(|kind| kind.id).collect();
    assert_eq!(
        known, answering,
        "kinds that catalogue.txt does not name, or the reverse"
    );
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test that reads the source tree"
)]
fn every_file_with_a_kind_is_listed() {
    let listed: BTreeSet<&str> = ALL.iter().map(|kind| kind.file_name()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/edge");
    for entry in folder.read_dir().expect("the folder of edge kinds") {
        let path = entry.expect("a readable entry").path();
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable file");
        if text.contains("\nedge! {") {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            assert!(listed.contains(stem.as_ref()), "{stem} is not in ALL");
        }
    }
}
