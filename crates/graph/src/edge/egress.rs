//! Which workloads may send to an address.

use std::collections::BTreeSet;
use std::net::IpAddr;

use catseye_model::ObjectId;
use catseye_netpol::{Endpoint, GroupId, Port, PortSet, Protocol};

use crate::world::World;

/// The workloads of which a pod may send to one of these addresses on a TCP port. Where no address is
/// known, those that may send there whatever the address is.
pub(super) fn senders(world: &World<'_>, addresses: &[IpAddr], port: u16) -> BTreeSet<ObjectId> {
    let port = PortSet::one(Port {
        protocol: Protocol::Tcp,
        number: port,
    });
    let groups: BTreeSet<GroupId> = addresses
        .iter()
        .filter_map(|address| world.reach.group_of(*address))
        .collect();
    let mut open = BTreeSet::new();
    for class in world.reach.classes() {
        let sends = |group: &GroupId| {
            let (from, to) = (Endpoint::Class(class), Endpoint::Addresses(*group));
            world.reach.connection(from, to).covers(&port)
        };
        let may = if groups.is_empty() {
            world.reach.groups().all(|(group, _)| sends(&group))
        } else {
            groups.iter().any(sends)
        };
        if may {
            let members = world.reach.members(class);
            open.extend(
                members
                    .iter()
                    .map(|(id, _)| world.reach.workload(*id).object),
            );
        }
    }
    open
}
