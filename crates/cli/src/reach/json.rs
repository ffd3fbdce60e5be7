//! The answers for programs: version 1.

use catseye_model::Inventory;
use catseye_netpol::entry::origin::Origin;
use catseye_netpol::{AddressSet, Party, PortSet, Reach, WorkloadId};
use serde_json::{Value, json};

use super::explain::Explained;
use super::listing::Listing;

pub(super) fn written(value: &Value) -> String {
    format!("{value:#}\n")
}

/// Ranges: protocol, first and last number.
pub(super) fn ports(ports: &PortSet) -> Value {
    ports
        .ranges()
        .map(|(protocol, first, last)| json!({"protocol": protocol.name(), "first": first, "last": last}))
        .collect()
}

pub(super) fn addresses(addresses: &AddressSet) -> Value {
    let ranges = addresses
        .ranges()
        .iter()
        .map(|(first, last)| json!({"first": first.to_string(), "last": last.to_string()}));
    json!({"addresses": ranges.collect::<Vec<_>>()})
}

pub(super) fn workload(reach: &Reach, id: WorkloadId) -> Value {
    let workload = reach.workload(id);
    json!({
        "namespace": workload.namespace,
        "kind": workload.kind,
        "name": workload.name,
    })
}

fn party(reach: &Reach, party: &Party) -> Value {
    match party {
        Party::Addresses(set) => addresses(set),
        Party::Workload(id) => workload(reach, *id),
    }
}

pub(super) fn listing(inventory: &Inventory, reach: &Reach, listing: &Listing) -> String {
    let connections = listing.rows.iter().map(|row| {
        json!({
            "source": party(reach, &row.source),
            "destination": party(reach, &row.destination),
            "ports": ports(&row.ports),
        })
    });
    let entries = listing.entries.iter().map(|entry| {
        let object = inventory.object(entry.object);
        let backends = entry.backends.iter().map(|backend| {
            json!({
                "workload": workload(reach, backend.workload),
                "ports": ports(&backend.ports),
                "admitted": ports(&backend.admitted),
            })
        });
        let origin = match entry.origin {
            Origin::Open => "open",
            Origin::Internal => "internal",
            Origin::Restricted => "restricted",
            Origin::Elsewhere(_) => "elsewhere",
        };
        json!({
            "door": entry.door.name(),
            "origin": origin,
            "object": {
                "namespace": object.namespace(),
                "kind": object.kind_name(),
                "name": object.name(),
            },
            "backends": backends.collect::<Vec<_>>(),
        })
    });
    let unread = reach.unread().iter().map(|unread| {
        let object = inventory.object(unread.object);
        json!({
            "object": object.to_string(),
            "path": unread.path.to_string(),
            "reason": unread.reason,
        })
    });
    written(&json!({
        "version": 1,
        "connections": connections.collect::<Vec<_>>(),
        "entries": entries.collect::<Vec<_>>(),
        "unread": unread.collect::<Vec<_>>(),
    }))
}

pub(super) fn explained(explained: &Explained) -> String {
    let pairs = explained.pairs.iter().map(|pair| {
        let verdicts = pair.verdicts.iter().map(|verdict| {
            json!({
                "ports": ports(&verdict.ports),
                "allowed": verdict.allowed,
                "egress": verdict.egress,
                "ingress": verdict.ingress,
            })
        });
        json!({
            "source": pair.source,
            "destination": pair.destination,
            "verdicts": verdicts.collect::<Vec<_>>(),
        })
    });
    written(&json!({"version": 1, "pairs": pairs.collect::<Vec<_>>()}))
}
