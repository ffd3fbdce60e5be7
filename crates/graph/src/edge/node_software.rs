//! Software of nodes with holes that are known by its version.

use std::collections::BTreeMap;

use catseye_model::{Fields, ObjectId};

use crate::build::{Builder, Effort};
use crate::node::Node;
use crate::world::World;

/// The nodes whose version of some software is judged weak.
pub(super) fn weak_hosts<'a>(
    world: &World<'a>,
    field: &str,
    judge: impl Fn(&str) -> Option<()>,
) -> BTreeMap<&'a str, ObjectId> {
    world
        .hosts()
        .filter_map(|(name, id)| {
            let info = world.object(id?).value().at("status.nodeInfo");
            judge(info.text(field)?)?;
            Some((name, id?))
        })
        .collect()
}

/// An arc from every container on a weak node to the node.
pub(super) fn arcs_to_weak_hosts<'a>(
    world: &World<'a>,
    graph: &mut Builder<'a>,
    weak: &BTreeMap<&'a str, ObjectId>,
    path: &str,
    change: &'static str,
) {
    if weak.is_empty() {
        return;
    }
    for pods in &world.pods {
        for host in &pods.hosts {
            let Some(id) = weak.get(host) else { continue };
            let place = graph.at_text(Some(*id), path);
            let fix = graph.fix(place, change, Effort::High);
            for (node, _) in pods.containers() {
                graph.arc(node, Node::Host(host), place, fix);
            }
        }
    }
}

/// True when the version lies in one of the ranges: from the first, below the second.
pub(super) fn is_in_range(version: &str, ranges: &[([u32; 3], [u32; 3])]) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let version = [next(), next(), next()];
    ranges
        .iter()
        .any(|(from, mended)| version >= *from && version < *mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let ranges = &[([1, 5, 0], [1, 5, 10])];
        assert!(is_in_range("1.5.9", ranges) && is_in_range("v1.5.2-rc.1", ranges));
        assert!(!is_in_range("1.5.10", ranges) && !is_in_range("1.10.5", ranges));
        assert!(!is_in_range("", ranges));
    }
}
