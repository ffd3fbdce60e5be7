//! Doors to the outside: from the internet to an endpoint, and on to the ports behind it.

use catseye_netpol::entry::Door;
use catseye_netpol::entry::origin::Origin;

use crate::build::{Builder, Effort, Evidence};
use crate::node::Node;
use crate::topology::NO_FIX;
use crate::world::World;

/// Arcs through the doors of some kinds that are open to the internet, or may be.
pub(super) fn from_outside<'a>(
    world: &World<'a>,
    graph: &mut Builder<'a>,
    doors: &[Door],
    field: &str,
    change: &'static str,
) {
    for entry in world
        .entries
        .iter()
        .filter(|entry| doors.contains(&entry.door))
    {
        let fewer = match entry.origin {
            Origin::Internal => continue,
            Origin::Open => None,
            // Some are let in; whether an attacker is among them cannot be seen.
            Origin::Restricted | Origin::Elsewhere(_) => Some(10),
        };
        let admitted: Vec<_> = entry
            .backends
            .iter()
            .filter(|backend| !backend.admitted.is_none())
            .collect();
        if admitted.is_empty() {
            continue;
        }
        let place = graph.at_text(Some(entry.object), field);
        let fix = graph.fix(place, change, Effort::High);
        let endpoint = Node::Endpoint(entry.object);
        match fewer {
            None => graph.arc(Node::Internet, endpoint, place, fix),
            Some(percent) => graph.arc_likely(percent, Node::Internet, endpoint, place, fix),
        }
        for backend in admitted {
            let workload = world.reach.workload(backend.workload).object;
            let through = Evidence {
                object: Some(backend.service.unwrap_or(entry.object)),
                ..Evidence::default()
            };
            graph.carry(endpoint, Node::Listener(workload), through, NO_FIX);
        }
    }
}
